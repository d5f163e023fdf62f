/** PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy: https://docs.aws.amazon.com/lambda/latest/api/API_PutResourcePolicy.html */
import type {
  DeleteResourcePolicyCommandInput,
  GetResourcePolicyCommandInput,
  PutResourcePolicyCommandInput,
} from '@aws-sdk/client-lambda';
import type { FunctionName } from '../domain/names.ts';
import { policyText } from '../domain/policy.ts';
import { parsePolicy } from '../domain/policyDocument.ts';
import {
  InvalidParameterValueException,
  PolicyLengthExceededException,
  ResourceNotFoundException,
} from '../errors.ts';
import { policyBytesMax } from '../limits.ts';
import type { PolicyRecord } from '../records.ts';
import { resolveVersion } from '../resolve.ts';
import { type Context, checkRevision, named } from './context.ts';

interface Described {
  Policy: string;
  RevisionId: string;
}

/** Takes the place of whatever policy there is, that of AddPermission included. */
export async function PutResourcePolicy(
  ctx: Context,
  input: PutResourcePolicyCommandInput,
): Promise<Described> {
  const { name, qualifier } = target(ctx, input.ResourceArn);
  const document = input.Policy ?? '';
  if (Buffer.byteLength(document) > policyBytesMax) {
    throw new PolicyLengthExceededException(
      `The final policy size is bigger than the limit (${policyBytesMax}).`,
    );
  }
  const { store, platform } = ctx.room;
  const record: PolicyRecord = {
    statements: parsePolicy(document),
    document,
    revisionId: platform.ids.uuid(),
  };
  await store.transact(async (tx) => {
    await resolveVersion(store, name, platform.ids, tx);
    const before = await store.policies.get(name, qualifier, tx);
    checkRevision(input.RevisionId, before?.revisionId, 'GetResourcePolicy');
    store.policies.put(tx, name, qualifier, record);
  });
  return { Policy: document, RevisionId: record.revisionId };
}

export async function GetResourcePolicy(
  ctx: Context,
  input: GetResourcePolicyCommandInput,
): Promise<Described> {
  const { name, qualifier } = target(ctx, input.ResourceArn);
  const { store, platform } = ctx.room;
  await resolveVersion(store, name, platform.ids);
  const record = await store.policies.get(name, qualifier);
  if (!record) throw noPolicy();
  return { Policy: policyText(record), RevisionId: record.revisionId };
}

export async function DeleteResourcePolicy(
  ctx: Context,
  input: DeleteResourcePolicyCommandInput,
): Promise<object> {
  const { name, qualifier } = target(ctx, input.ResourceArn);
  const { store, platform } = ctx.room;
  await store.transact(async (tx) => {
    await resolveVersion(store, name, platform.ids, tx);
    const record = await store.policies.get(name, qualifier, tx);
    if (!record) throw noPolicy();
    checkRevision(input.RevisionId, record.revisionId, 'GetResourcePolicy');
    store.policies.delete(tx, name, qualifier);
  });
  return {};
}

/** “The value must be a complete ARN.” */
function target(ctx: Context, arn = ''): { name: FunctionName; qualifier: string } {
  if (!arn.startsWith('arn:')) {
    throw new InvalidParameterValueException(`${arn} is not a valid function ARN.`);
  }
  const name = named(ctx, arn);
  return { name, qualifier: name.qualifier ?? '' };
}

function noPolicy(): Error {
  return new ResourceNotFoundException('The resource you requested does not exist.');
}
