/** A job can't be done, and trying again won't help: it ends FAILED with this code and message. */
export class JobFailed extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
