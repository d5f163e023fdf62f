/**
 * What happens to payloads on their way, by media types and `contentHandling`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
 */
import { firstAccepted, isBinaryType } from './mediaTypes.ts';
import type { ContentHandling } from './types.ts';

/** What a text that should be base64, but isn't, is refused with. */
export class NotBase64 extends Error {}

/** Of a request: by its content type, the API's binary media types, and the integration's handling. */
export function requestPayload(
  body: Uint8Array,
  contentType: string | undefined,
  binaryMediaTypes: readonly string[] | undefined,
  handling: ContentHandling | undefined,
): { payload: Uint8Array | string; isText: boolean } {
  if (isBinaryType(contentType, binaryMediaTypes)) {
    if (handling === 'CONVERT_TO_TEXT') return { payload: toBase64(body), isText: true };
    return { payload: body, isText: false };
  }
  return { payload: asText(body), isText: true };
}

/** A text that an integration wants as bytes: CONVERT_TO_BINARY. @throws NotBase64 */
export function decoded(text: string): Uint8Array {
  const compact = text.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw new NotBase64('Unable to base64 decode the body.');
  return Buffer.from(compact, 'base64');
}

/** Of a response: by its content type, what the client accepts, and the integration response's handling. */
export function responsePayload(
  body: Uint8Array,
  contentType: string | undefined,
  accept: string | undefined,
  binaryMediaTypes: readonly string[] | undefined,
  handling: ContentHandling | undefined,
): Uint8Array | string {
  if (!binaryMediaTypes?.length) {
    return handling === 'CONVERT_TO_BINARY' ? decoded(asText(body)) : asText(body);
  }
  const isBinary = isBinaryType(contentType, binaryMediaTypes);
  const wantsBinary = isBinaryType(firstAccepted(accept), binaryMediaTypes);
  if (isBinary) {
    const asIs = handling === 'CONVERT_TO_BINARY' || (handling === undefined && wantsBinary);
    return asIs ? body : toBase64(body);
  }
  const toBinary = handling === 'CONVERT_TO_BINARY' || (handling === undefined && wantsBinary);
  return toBinary ? decoded(asText(body)) : asText(body);
}

function asText(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

function toBase64(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
}
