/**
 * The documents that narrow a session, and how much of a session's room they take.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
import { AwsError } from '../../kernel/index.ts';
import { type OperationContext, rootOf } from '../../platform/index.ts';
import type { SessionTags } from './domain/sessionTags.ts';
import { MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError } from './errors.ts';
import { packedCharactersMax, sessionPolicyArnsMax } from './limits.ts';
import type { StsRoom } from './room.ts';

export interface AskedPolicies {
  Policy?: string | undefined;
  PolicyArns?: { arn?: string | undefined }[] | undefined;
}

/** The inline document and those of managed policies of `account` or AWS. */
export async function sessionPoliciesOf(
  ctx: OperationContext<StsRoom>,
  account: string,
  asked: AskedPolicies,
): Promise<string[]> {
  const inline = asked.Policy === undefined ? [] : [checkPolicy(ctx.room, asked.Policy)];
  const arns = (asked.PolicyArns ?? []).map(({ arn }) => arn ?? '');
  if (arns.length > sessionPolicyArnsMax) {
    throw new ValidationError(`Cannot exceed quota for PolicyArns: ${sessionPolicyArnsMax}`);
  }
  const managed = await Promise.all(arns.map((arn) => managedDocument(ctx, account, arn)));
  return [...inline, ...managed];
}

async function managedDocument(
  ctx: OperationContext<StsRoom>,
  account: string,
  arn: string,
): Promise<string> {
  const aws = ctx.aws.as({ principal: rootOf(account), account });
  try {
    const { Policy } = await aws.call<{ Policy?: { DefaultVersionId?: string } }>('iam', 'GetPolicy', {
      PolicyArn: arn,
    });
    const { PolicyVersion } = await aws.call<{ PolicyVersion?: { Document?: string } }>(
      'iam',
      'GetPolicyVersion',
      { PolicyArn: arn, VersionId: Policy?.DefaultVersionId ?? 'v1' },
    );
    return decodeURIComponent(PolicyVersion?.Document ?? '');
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NoSuchEntity') {
      throw new ValidationError(`The policy ${arn} does not exist or cannot be attached to a session.`);
    }
    throw error;
  }
}

/**
 * Percent of the space that a session's policies and tags may take, by their plain text; how AWS packs them isn't published.
 * @throws PackedPolicyTooLarge past 100.
 */
export function packedSize({ Policy = '', PolicyArns = [] }: AskedPolicies, tags?: SessionTags): number {
  const texts = [
    Policy,
    ...PolicyArns.map(({ arn = '' }) => arn),
    ...[tags?.given, tags?.inherited].flatMap((set) => Object.entries(set ?? {}).flat()),
  ];
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const percent = Math.ceil((characters / packedCharactersMax) * 100);
  if (percent > 100) {
    throw new PackedPolicyTooLarge(
      Policy === '' && PolicyArns.length === 0
        ? `Packed size of session tags consumes ${percent}% of allotted space.`
        : `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  }
  return percent;
}

function checkPolicy({ policies }: StsRoom, document: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    // Said below.
  }
  if (parsed === null || typeof parsed !== 'object' || !('Statement' in parsed)) {
    throw new MalformedPolicyDocument('The policy is not in the valid JSON format.');
  }
  checkElements(parsed);
  try {
    policies.contextKeys(document);
  } catch {
    throw new MalformedPolicyDocument('Syntax errors in policy.');
  }
  return document;
}

/** What IAM wants of any identity policy. */
function checkElements(document: { Version?: unknown; Statement?: unknown }): void {
  const { Version, Statement } = document;
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw new MalformedPolicyDocument('The policy must contain a valid version string');
  }
  const statements = [Statement].flat();
  if (statements.length === 0) throw new MalformedPolicyDocument('Syntax errors in policy.');
  for (const statement of statements) {
    if (typeof statement !== 'object' || statement === null) continue;
    if ('Principal' in statement || 'NotPrincipal' in statement) {
      throw new MalformedPolicyDocument('Policy document should not specify a principal.');
    }
    if (!('Resource' in statement || 'NotResource' in statement)) {
      throw new MalformedPolicyDocument('Policy statement must contain resources.');
    }
  }
}
