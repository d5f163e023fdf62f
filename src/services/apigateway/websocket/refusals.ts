/** What clients are told when their message, or their handshake, gets no answer from an integration. */
import { AwsError } from '../../../kernel/index.ts';
import { gatewayResponseTypes, Refusal } from '../domain/gatewayResponses.ts';
import type { SocketContext } from './exchange.ts';

/** @returns undefined for what is no refusal but a bug. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof AwsError) return broken(`${error.code}: ${error.message}`);
  return undefined;
}

/** The API is at fault, or what stands behind it. @param why for the cloud's log. */
export function broken(why: string, status?: number): Refusal {
  const details = status === undefined ? { why } : { why, status };
  return new Refusal('API_CONFIGURATION_ERROR', 'Internal server error', details);
}

export function statusOf(refusal: Refusal): number {
  return refusal.status ?? gatewayResponseTypes[refusal.type].status;
}

/** The message of an error frame and the body of a refused handshake, spaced as AWS spaces it. */
export function errorText(
  refusal: Refusal,
  context: Pick<SocketContext, 'connectionId' | 'requestId'>,
): string {
  const { connectionId, requestId } = context;
  return `{"message": ${JSON.stringify(refusal.text ?? 'Internal server error')}, "connectionId":"${connectionId}", "requestId":"${requestId}"}`;
}
