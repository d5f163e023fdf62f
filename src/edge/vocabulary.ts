/** What differs between families of services before a protocol is chosen. */
import type { CredentialScope, ErrorFamily } from '../identity/index.ts';
import { AwsError, type HttpRequest } from '../kernel/index.ts';
import type { ServiceEntry } from '../platform/index.ts';

export function familyOf(entry: ServiceEntry | undefined, request: HttpRequest): ErrorFamily {
  if (entry?.signingName === 's3') return 's3';
  const { headers } = request;
  if (headers['x-amz-target'] !== undefined) return 'json';
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return 'query';
  // A presigned URL of a query service: `GET /?Action=GetCallerIdentity&…`.
  if (request.query.startsWith('Action=') || request.query.includes('&Action=')) return 'query';
  return entry?.targetPrefix !== undefined ? 'json' : 'rest';
}

/** Query services answer in JSON to those who ask for it. */
export function isJsonWanted({ family, sent }: { family: ErrorFamily; sent: HttpRequest }): boolean {
  return family === 'query' && sent.headers.accept?.includes('application/json') === true;
}

/** The hash that stands in the canonical request. S3 takes the client's word and checks the body against it later. */
export function payloadHashOf(
  scope: CredentialScope | undefined,
  request: HttpRequest,
  family: ErrorFamily,
  hashOfBody: () => string,
): string {
  const declared = request.headers['x-amz-content-sha256'];
  if (family === 's3') return declared ?? 'UNSIGNED-PAYLOAD';
  if (declared === 'UNSIGNED-PAYLOAD' || declared?.startsWith('STREAMING-')) return declared;
  // A presigned URL of any other service covers the body it is sent with.
  return scope ? hashOfBody() : '';
}

export function unknownOperation(family: ErrorFamily, request: HttpRequest): AwsError {
  const target = request.headers['x-amz-target'];
  switch (family) {
    case 's3':
      return new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
        status: 405,
      });
    case 'query':
      return new AwsError('InvalidAction', 'The action or operation requested is invalid.', { status: 400 });
    case 'json':
      return new AwsError(
        'UnknownOperationException',
        target === undefined ? 'The request has no X-Amz-Target.' : `Unknown operation ${target}.`,
        { status: 400 },
      );
    default:
      return new AwsError(
        'UnknownOperationException',
        `Unable to determine service/operation name to be authorized: ${request.method} ${request.path}`,
        { status: 404 },
      );
  }
}

export function unknownService(service: string | undefined, services: readonly ServiceEntry[]): AwsError {
  const names = services.map(({ name }) => name).sort();
  const what =
    service === undefined
      ? 'No service could be found for this request.'
      : `Brume has no service ${service} yet.`;
  return new AwsError('NotImplemented', `${what} It has: ${names.join(', ') || 'none'}.`, {
    status: 501,
    fault: 'server',
  });
}
