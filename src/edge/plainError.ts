/** Errors before any protocol is known: shaped by what the request looks like, so that its client can read them. */
import type { ErrorFamily } from '../identity/index.ts';
import type { AwsError, HttpRequest, HttpResponse } from '../kernel/index.ts';

export function plainError(
  exchange: { readonly sent: HttpRequest; readonly family: ErrorFamily; readonly requestId: string },
  error: AwsError,
): HttpResponse {
  const { sent, family, requestId } = exchange;
  const type = sent.headers['content-type'] ?? '';
  const isXml = family === 's3' || family === 'query' || type.startsWith('application/x-www-form-urlencoded');
  return isXml ? xmlError(error, requestId) : jsonError(error, requestId);
}

export function jsonError(error: AwsError, requestId: string): HttpResponse {
  return {
    status: error.status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': error.code,
    },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  };
}

function xmlError(error: AwsError, requestId: string): HttpResponse {
  const type = error.fault === 'client' ? 'Sender' : 'Receiver';
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}

const xmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeXml(text: string): string {
  // XML 1.0 has no way to write most control characters.
  return text
    .replace(/[&<>"]/g, (found) => xmlEntities[found] ?? '')
    .replace(/[^\t\n\r\x20-\uFFFF]/g, '\uFFFD');
}
