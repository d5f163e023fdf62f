/**
 * Roles that a request hands to API Gateway, which then acts as them: integrations, authorizers, logs. Whoever hands one
 * over needs `iam:PassRole`, wherever in the request it stands.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
 */
import type { AuthorizationRequest } from '../../platform/index.ts';
import { isObject, readDocument } from './domain/openapi/document.ts';

/** Members of inputs, and of OpenAPI extensions, that hold a role. */
const members = new Set([
  'credentials',
  'authorizerCredentials',
  'CredentialsArn',
  'AuthorizerCredentialsArn',
]);
/** Places that patches put a role in. */
const patched = /\/(credentials|authorizerCredentials|cloudwatchRoleArn)$/;

/** `arn:aws:iam::*:user/*` means the caller's own credentials: nobody's role. */
const rolePattern = /^arn:[a-z-]+:iam::[^:]*:role\//;

/** A question about all roles that the input names; undefined when it names none. */
export function passingOf(input: Readonly<Record<string, unknown>>): AuthorizationRequest | undefined {
  const found = new Set<string>();
  collect(input, found);
  collect(documentOf(input.body ?? input.Body), found);
  for (const operation of Array.isArray(input.patchOperations) ? input.patchOperations : []) {
    const { path, value } = operation as { path?: unknown; value?: unknown };
    if (typeof path === 'string' && patched.test(path)) add(value, found);
  }
  if (found.size === 0) return undefined;
  return {
    action: 'iam:PassRole',
    resources: [...found],
    context: { 'iam:PassedToService': 'apigateway.amazonaws.com' },
  };
}

function collect(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const each of value) collect(each, found);
  if (!isObject(value) || value instanceof Uint8Array) return;
  for (const [name, member] of Object.entries(value)) {
    if (members.has(name)) add(member, found);
    collect(member, found);
  }
}

function add(value: unknown, found: Set<string>): void {
  if (typeof value === 'string' && rolePattern.test(value)) found.add(value);
}

/** What can't be read is refused by the operation itself. */
function documentOf(body: unknown): unknown {
  if (!(body instanceof Uint8Array) && typeof body !== 'string') return undefined;
  try {
    return readDocument(typeof body === 'string' ? Buffer.from(body) : body).root;
  } catch {
    return undefined;
  }
}
