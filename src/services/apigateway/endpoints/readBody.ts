/** Step: the body, once: a signature is verified over it before the others need it. */
import { AwsError } from '../../../kernel/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { payloadBytesMax } from '../limits.ts';
import type { Exchange } from './exchange.ts';

/** What stands for the body until it is read. */
export const unread: Uint8Array = new Uint8Array();

/** @throws Refusal 413 past the payload quota. */
export async function readBody(exchange: Exchange): Promise<void> {
  if (exchange.body !== unread) return;
  try {
    exchange.body = await exchange.request.body.bytes(payloadBytesMax);
  } catch (error) {
    if (error instanceof AwsError && error.status === 413) {
      throw new Refusal('REQUEST_TOO_LARGE', 'Request Too Long');
    }
    throw error;
  }
}
