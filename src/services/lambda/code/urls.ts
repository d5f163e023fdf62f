/** Where GetFunction says that the code can be fetched: an address that speaks for itself, for ten minutes. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Ids } from '../../../kernel/index.ts';
import { codeUrlValidMs } from '../limits.ts';

/** Path of the data plane `code`. */
export const codePath = '/_aws/lambda/code/';

export class CodeUrls {
  readonly #endpoint: () => string;
  /** Lives as long as the process: addresses die with it. */
  readonly #secret: Uint8Array;

  constructor(config: { readonly endpoint: string }, ids: Ids) {
    this.#endpoint = () => config.endpoint;
    this.#secret = ids.bytes(32);
  }

  sign(blobId: string, now: number): string {
    const expires = now + codeUrlValidMs;
    return `${this.#endpoint()}${codePath}${blobId}?Expires=${expires}&Signature=${this.#signature(blobId, expires)}`;
  }

  /** The blob that a signed address names, or undefined when it isn't valid (any more). */
  verify(blobId: string, query: URLSearchParams, now: number): string | undefined {
    const expires = Number(query.get('Expires'));
    if (!(expires >= now)) return undefined;
    const given = Buffer.from(query.get('Signature') ?? '');
    const right = Buffer.from(this.#signature(blobId, expires));
    return given.length === right.length && timingSafeEqual(given, right) ? blobId : undefined;
  }

  #signature(blobId: string, expires: number): string {
    return createHmac('sha256', this.#secret).update(`${blobId}\n${expires}`).digest('hex');
  }
}
