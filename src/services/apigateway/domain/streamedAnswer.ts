/**
 * The beginning of a function's response stream: status and headers in JSON, eight zero bytes, then the body.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
import { emptyRecord } from './parameters.ts';

export interface StreamHead {
  status: number;
  /** Lower-case name → values. */
  headers: Record<string, string[]>;
  /** What of the bytes read so far is of the body. */
  body: Uint8Array;
}

const delimiter = Buffer.alloc(8);

/** "The delimiter must be seen within the first 16 KB of the stream data." */
export const streamHeadBytesMax = 16 * 1024;

/** @returns undefined while the head isn't complete; `malformed` when it is no such head. */
export function readStreamHead(bytes: Buffer): StreamHead | 'malformed' | undefined {
  const end = bytes.indexOf(delimiter);
  if (end < 0 || end > streamHeadBytesMax) return bytes.length > streamHeadBytesMax ? 'malformed' : undefined;
  const metadata = parse(bytes.toString('utf8', 0, end));
  if (!metadata) return 'malformed';
  const status = Number(metadata.statusCode ?? 200);
  if (!Number.isInteger(status) || status < 100 || status > 599) return 'malformed';
  const headers: Record<string, string[]> = emptyRecord();
  for (const [name, value] of Object.entries((metadata.headers ?? {}) as object)) {
    headers[name.toLowerCase()] = [String(value)];
  }
  for (const [name, values] of Object.entries((metadata.multiValueHeaders ?? {}) as object)) {
    if (!Array.isArray(values)) return 'malformed';
    const listed = headers[name.toLowerCase()] ?? [];
    headers[name.toLowerCase()] = [...new Set([...listed, ...values.map(String)])];
  }
  if (Array.isArray(metadata.cookies) && metadata.cookies.length > 0) {
    headers['set-cookie'] = [...(headers['set-cookie'] ?? []), ...metadata.cookies.map(String)];
  }
  // More than eight zero bytes may stand there: the body begins after the eighth.
  return { status, headers, body: bytes.subarray(end + delimiter.length) };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
