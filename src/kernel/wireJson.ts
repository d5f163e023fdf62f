/**
 * An answer that is JSON text already, in the form the wire wants it: what is stored as it is sent needs no parsing and no
 * writing. Only for callers on the wire; whoever calls in process gets values.
 */
export class WireJson {
  readonly text: string;

  /** @param text the whole output, as an awsJson service writes it. */
  constructor(text: string) {
    this.text = text;
  }
}
