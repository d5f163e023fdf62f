/** Key policies. https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html */
import { MalformedPolicyDocumentException } from '../errors.ts';
import { limits } from '../limits.ts';

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html: the account's own policies decide. */
export function defaultPolicy(account: string, partition: string): string {
  return JSON.stringify(
    {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:${partition}:iam::${account}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    },
    undefined,
    2,
  );
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key: used through its service only. */
export function managedPolicy(
  service: string,
  { account, region, partition }: { account: string; region: string; partition: string },
): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow access through ${service} for all principals in the account that are authorized to use ${service}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:ViaService': `${service}.${region}.amazonaws.com`,
            'kms:CallerAccount': account,
          },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  });
}

type Json = Readonly<Record<string, unknown>>;

/**
 * What can be said of a document by itself.
 * @param compile throws what the policy engine has against it. @throws MalformedPolicyDocumentException
 */
export function checkDocument(text: string, compile: (document: string) => unknown): void {
  if (Buffer.byteLength(text) > limits.policyBytesMax) {
    throw new MalformedPolicyDocumentException('Policy size limit exceeded');
  }
  const document = parsed(text);
  const { Statement: given } = document;
  const statements: unknown[] = Array.isArray(given) ? given : [given];
  if (given === undefined || statements.length === 0) {
    throw new MalformedPolicyDocumentException('Policy must contain a Statement');
  }
  for (const statement of statements) checkStatement(statement);
  try {
    compile(text);
  } catch {
    throw new MalformedPolicyDocumentException('The new key policy is malformed.');
  }
}

function parsed(text: string): Json {
  try {
    const document: unknown = JSON.parse(text);
    if (isObject(document)) return document;
  } catch {
    // Said below.
  }
  throw new MalformedPolicyDocumentException('This policy contains invalid Json');
}

function checkStatement(statement: unknown): void {
  if (!isObject(statement)) throw new MalformedPolicyDocumentException('Syntax errors in policy.');
  if (statement.Principal === undefined && statement.NotPrincipal === undefined) {
    throw new MalformedPolicyDocumentException('Policy statement must contain principals.');
  }
  if (statement.Resource === undefined && statement.NotResource === undefined) {
    throw new MalformedPolicyDocumentException('Policy statement must contain resources.');
  }
  if (statement.Action === undefined && statement.NotAction === undefined) {
    throw new MalformedPolicyDocumentException('Policy statement must contain actions.');
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A policy and the leave that grants give besides it, as one document. */
export function withGrants(
  policy: string,
  granted: readonly { principal: string; action: string }[],
): string {
  if (granted.length === 0) return policy;
  const document = JSON.parse(policy) as { Statement: object | object[] };
  const statements = granted.map(({ principal, action }) => ({
    Effect: 'Allow',
    Principal: isService(principal) ? { Service: principal } : { AWS: principal },
    Action: action,
    Resource: '*',
  }));
  return JSON.stringify({ ...document, Statement: [document.Statement, statements].flat() });
}

const isService = (principal: string): boolean => !principal.startsWith('arn:');
