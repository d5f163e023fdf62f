/** Cuts what a process writes into lines; a line longer than the bound is cut there. */
export class LineReader {
  readonly #bytesMax: number;
  readonly #onLine: (line: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(bytesMax: number, onLine: (line: string) => void) {
    this.#bytesMax = bytesMax;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = bytes.indexOf(10);
      if (end < 0 && bytes.length <= this.#bytesMax) break;
      const cut = end < 0 || end > this.#bytesMax ? this.#bytesMax : end;
      this.#onLine(bytes.toString('utf8', 0, cut));
      bytes = bytes.subarray(cut === end ? end + 1 : cut);
    }
    this.#rest = bytes;
  }

  /** What came after the last line's end is a line too. */
  end(): void {
    if (this.#rest.length > 0) this.#onLine(this.#rest.toString('utf8'));
    this.#rest = Buffer.alloc(0);
  }
}
