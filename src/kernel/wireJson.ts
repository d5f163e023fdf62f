/**
 * What is JSON already, in the form the wire wants it. As an answer: what is stored as it is sent needs no parsing and no
 * writing; only for callers on the wire, whoever calls in process gets values. As a payload from within this process: it
 * needn't be parsed to see that it is JSON.
 */
export class WireJson {
  readonly body: string | Uint8Array;

  /** @param body the whole text, as an awsJson service writes it; bytes are UTF-8. */
  constructor(body: string | Uint8Array) {
    this.body = body;
  }
}
