/**
 * An answer that is JSON already, in the form the wire wants it: what is stored as it is sent needs no parsing and no
 * writing. Only for callers on the wire; whoever calls in process gets values.
 */
export class WireJson {
  readonly body: string | Uint8Array;

  /** @param body the whole output, as an awsJson service writes it; bytes are UTF-8. */
  constructor(body: string | Uint8Array) {
    this.body = body;
  }
}
