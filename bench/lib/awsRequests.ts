/** Requests of the AWS JSON protocol as an SDK sends them: signed, prepared as bytes for the load generator. */
import { createHash, createHmac } from 'node:crypto';
import { httpRequest } from './load.ts';

export interface RequestKey {
  accessKeyId: string;
  secretAccessKey: string;
}

const rootKey: RequestKey = { accessKeyId: 'test', secretAccessKey: 'test' };

/** @returns the answer's members. @throws when the status isn't 200. */
export async function call(port: number, operation: string, input: object): Promise<Record<string, unknown>> {
  const body = JSON.stringify(input);
  const headers = signedHeaders(port, operation, body);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** Good for the quarter of an hour that a signature lives. @returns base64, as `runLoad` wants it. */
export function signed(port: number, operation: string, input: object, key = rootKey): string {
  const body = JSON.stringify(input);
  return httpRequest({ method: 'POST', path: '/', headers: signedHeaders(port, operation, body, key), body });
}

function signedHeaders(
  port: number,
  operation: string,
  body: string,
  { accessKeyId, secretAccessKey } = rootKey,
): Record<string, string> {
  const now = new Date();
  const timestamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${timestamp.slice(0, 8)}/us-east-1/dynamodb/aws4_request`;
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.0',
    host: `127.0.0.1:${port}`,
    'x-amz-date': timestamp,
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${secretAccessKey}`,
    );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  headers['user-agent'] =
    'aws-sdk-js/3.1162.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#24.21.0 api/dynamodb#3.1162.0';
  headers['amz-sdk-invocation-id'] = '6d8c7d8e-2f4d-4a5e-9f0a-2f4d4a5e9f0a';
  headers['amz-sdk-request'] = 'attempt=1; max=3';
  headers['accept-encoding'] = 'identity';
  return headers;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
