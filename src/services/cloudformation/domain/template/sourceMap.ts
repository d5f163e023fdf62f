/** Where each node of a template stands in its text. */
export type Path = readonly (string | number)[];

export class SourceMap {
  readonly #lines = new Map<string, number>();

  set(path: Path, line: number): void {
    this.#lines.set(JSON.stringify(path), line);
  }

  /**
   * The line (from 1) of the node, or of its nearest ancestor down to a named member of a section: a transform
   * adds properties that the text doesn't have, under resources that it has.
   */
  lineOf(path: Path): number | undefined {
    for (let length = path.length; length >= Math.min(2, path.length); length--) {
      const line = this.#lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  }
}
