/**
 * What a function behind an HTTP API may answer, format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response
 */

export interface FunctionAnswer {
  status: number;
  headers: Record<string, string>;
  cookies: string[];
  body: string | Uint8Array;
}

/** @returns undefined when the answer is malformed: 500. */
export function readFunctionAnswer(payload: string): FunctionAnswer | undefined {
  let answer: unknown;
  try {
    answer = payload === '' ? null : JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null || !('statusCode' in answer)) return inferred(answer);
  const { statusCode, headers, cookies, body, isBase64Encoded } = answer as Record<string, unknown>;
  const status = typeof statusCode === 'string' ? Number(statusCode) : statusCode;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 599)
    return undefined;
  const names = headersOf(headers);
  if (!names) return undefined;
  if (cookies !== undefined && cookies !== null && !Array.isArray(cookies)) return undefined;
  const text =
    body === undefined || body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  return {
    status,
    headers: names,
    cookies: ((cookies ?? []) as unknown[]).map(String),
    body: isBase64Encoded === true ? Buffer.from(text, 'base64') : text,
  };
}

/** "isBase64Encoded is false, statusCode is 200, content-type is application/json, body is the function's response." */
function inferred(answer: unknown): FunctionAnswer {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
  return { status: 200, headers: { 'content-type': 'application/json' }, cookies: [], body };
}

function headersOf(value: unknown): Record<string, string> | undefined {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, entry] of Object.entries(value)) headers[name.toLowerCase()] = String(entry ?? '');
  return headers;
}
