/** PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html */
import { parseArn, partitionOf } from '../../../kernel/index.ts';
import type { Reader, Transaction } from '../../../store/port.ts';
import { checkedPolicy, type PolicyKind } from '../domain/resourcePolicy.ts';
import {
  PolicyNotFoundException,
  ResourceInUseException,
  ResourceNotFoundException,
  ValidationException,
} from '../errors.ts';
import type { Context } from '../room.ts';
import { deletePolicy, getPolicy, type Policy, type PolicyTarget, putPolicy } from '../store/policies.ts';
import { findStream } from '../store/streams.ts';

export interface PutResourcePolicyInput {
  ResourceArn: string;
  Policy: string;
  ExpectedRevisionId?: string;
  /** Asked for by authorize.ts: a policy under which its writer could not write another needs this. */
  ConfirmRemoveSelfResourceAccess?: boolean;
}

/** What a caller who expects that there is no policy says. */
const noPolicy = 'NO_POLICY';

/** The same document again changes nothing, and has the same revision. */
export async function PutResourcePolicy(ctx: Context, input: PutResourcePolicyInput): Promise<object> {
  const { target, kind } = targetOf(ctx, input.ResourceArn);
  const document = checkedPolicy(input.Policy, kind, ctx.region);
  const { policies } = ctx.room;
  const revisionId = await policies.store.transact(async (tx) => {
    // Here, lest a policy stay behind for the next table of that name.
    await checkThere(ctx, tx, target, 'to change');
    const current = await getPolicy(tx, target);
    checkRevision(input.ExpectedRevisionId, target, current);
    if (current?.document === document) return current.revisionId;
    return writePolicy(tx, target, document, ctx.now, current);
  });
  policies.changed();
  return { RevisionId: revisionId };
}

/** @returns the revision: the time of the change, in milliseconds of the epoch, and never the same again. */
export function writePolicy(
  tx: Transaction,
  target: PolicyTarget,
  document: string,
  now: number,
  current?: Policy,
): string {
  const revisionId = String(Math.max(now, Number(current?.revisionId ?? 0) + 1));
  putPolicy(tx, target, { document, revisionId });
  return revisionId;
}

export async function GetResourcePolicy(ctx: Context, input: { ResourceArn: string }): Promise<object> {
  const { target } = targetOf(ctx, input.ResourceArn);
  await checkThere(ctx, ctx.room.policies.store, target);
  const found = await getPolicy(ctx.room.policies.store, target);
  if (!found) throw notFound(input.ResourceArn);
  return { Policy: found.document, RevisionId: found.revisionId };
}

export async function DeleteResourcePolicy(
  ctx: Context,
  input: { ResourceArn: string; ExpectedRevisionId?: string },
): Promise<object> {
  const { target } = targetOf(ctx, input.ResourceArn);
  const { policies } = ctx.room;
  const removed = await policies.store.transact(async (tx) => {
    await checkThere(ctx, tx, target, 'to change');
    const current = await getPolicy(tx, target);
    checkRevision(input.ExpectedRevisionId, target, current);
    if (current) deletePolicy(tx, target);
    return current?.revisionId;
  });
  policies.changed();
  return removed === undefined ? {} : { RevisionId: removed };
}

/** @throws ValidationException for what isn't a table or stream of the caller's account and region. */
function targetOf(ctx: Context, text: string): { target: PolicyTarget; kind: PolicyKind } {
  const invalid = (why: string) =>
    new ValidationException(`One or more parameter values were invalid: ${why}`);
  if (!text.startsWith('arn:')) throw invalid(`ARNs must start with 'arn:': ${text}`);
  const arn = parseArn(text);
  const match = /^table\/([a-zA-Z0-9_.-]{3,255})(?:\/(index|stream)\/([a-zA-Z0-9_.:-]+))?$/.exec(
    arn?.resource ?? '',
  );
  if (arn?.service !== 'dynamodb' || !match) {
    throw invalid(`Provided Arn is not a DynamoDB resource arn: ${text}`);
  }
  const [, tableName, part, label] = match as unknown as [string, string, string?, string?];
  if (part === 'index') {
    throw invalid(
      `Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${text}`,
    );
  }
  if (arn.account !== ctx.account) {
    throw new ValidationException(
      'This action is only supported by accounts that match the resource owner’s account.',
    );
  }
  if (arn.region !== ctx.region || arn.partition !== partitionOf(ctx.region)) {
    throw invalid(`Invalid resource Arn: ${text}`);
  }
  const target = { account: arn.account, region: arn.region, tableName, label: label ?? '' };
  return { target, kind: label === undefined ? 'table' : 'stream' };
}

/** @throws ResourceNotFoundException, and ResourceInUseException for a change of a table that is being deleted. */
async function checkThere(
  { room }: Context,
  reader: Reader,
  target: PolicyTarget,
  why?: 'to change',
): Promise<void> {
  const { tableName, label } = target;
  const table = label === '' ? await room.tables.read(reader, target, tableName) : undefined;
  if (why && table?.status === 'DELETING') {
    throw new ResourceInUseException(
      `Attempt to change a resource which is still in use: Table is being deleted: ${tableName}`,
    );
  }
  if (table ?? (label !== '' && (await findStream(reader, target, tableName, label)))) return;
  throw new ResourceNotFoundException(
    `Requested resource not found: ${label === '' ? `Table: ${tableName} not found` : `Stream: ${label} not found for Table: ${tableName}`}`,
  );
}

/** @throws PolicyNotFoundException when another revision is there than the caller expects. */
function checkRevision(expected: string | undefined, { tableName }: PolicyTarget, current?: Policy): void {
  if (expected === undefined || expected === (current?.revisionId ?? noPolicy)) return;
  if (expected === noPolicy) {
    throw notFound(
      `Requested policy update expecting none to be present for table ${tableName}, but a policy exists with revision id ${current?.revisionId}.`,
    );
  }
  throw notFound(
    current
      ? `Requested update for policy with revision id ${expected}, but the policy associated to target table ${tableName} has revision id ${current.revisionId}.`
      : `Requested update for policy with revision id ${expected}, but table ${tableName} has no associated policy.`,
  );
}

function notFound(what: string): Error {
  return new PolicyNotFoundException(`Resource-based policy not found for the provided ResourceArn: ${what}`);
}
