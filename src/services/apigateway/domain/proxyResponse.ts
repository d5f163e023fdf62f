/**
 * What a function behind AWS_PROXY may answer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 */

import { emptyRecord } from './parameters.ts';

export interface ProxyAnswer {
  status: number;
  /** Lower-case name → values. */
  headers: Record<string, string[]>;
  body: string | Uint8Array;
}

const knownMembers = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);

/**
 * @param payload what the function returned. @param binaryAnswer the API may send binary (its media types match
 * the Accept header); without it a base64 body goes out as the text it is.
 * @returns undefined when the answer is malformed: 502, "Malformed Lambda proxy response".
 */
export function readProxyAnswer(payload: string, binaryAnswer: boolean): ProxyAnswer | undefined {
  const answer = parse(payload);
  if (!answer || Object.keys(answer).some((member) => !knownMembers.has(member))) return undefined;
  const status = statusOf(answer.statusCode);
  const headers = headersOf(answer.headers, answer.multiValueHeaders);
  if (status === undefined || !headers) return undefined;
  const { body, isBase64Encoded } = answer;
  if (isBase64Encoded !== undefined && isBase64Encoded !== null && typeof isBase64Encoded !== 'boolean') {
    return undefined;
  }
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  const text = body ?? '';
  return {
    status,
    headers,
    body: isBase64Encoded && binaryAnswer ? Buffer.from(text, 'base64') : text,
  };
}

function parse(payload: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(payload);
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return undefined;
    return answer as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** A number or its text; a function that names none answers 200. */
function statusOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return 200;
  const status = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 599)
    return undefined;
  return status;
}

/** Both maps merged; a name in `multiValueHeaders` wins over the same name in `headers`. */
function headersOf(single: unknown, multi: unknown): Record<string, string[]> | undefined {
  const headers: Record<string, string[]> = emptyRecord();
  if (!isMap(single) || !isMap(multi)) return undefined;
  for (const [name, value] of Object.entries(single ?? {})) {
    if (typeof value === 'object' && value !== null) return undefined;
    headers[name.toLowerCase()] = [value === null ? '' : String(value)];
  }
  for (const [name, values] of Object.entries(multi ?? {})) {
    if (!Array.isArray(values) || values.some((value) => typeof value === 'object' && value !== null))
      return undefined;
    const listed = headers[name.toLowerCase()];
    const texts = values.map((value) => (value === null ? '' : String(value)));
    // "If you specify values for both headers and multiValueHeaders, API Gateway merges them into a single list."
    headers[name.toLowerCase()] = listed ? [...new Set([...listed, ...texts])] : texts;
  }
  return headers;
}

function isMap(value: unknown): value is Record<string, unknown> | undefined | null {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}
