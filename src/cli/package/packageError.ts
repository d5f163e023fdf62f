/** The template names something that can't be packaged; says where, so that a person can mend it. */
export class PackageError extends Error {
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.name = 'PackageError';
    this.line = line;
  }
}
