/** AddPermission, RemovePermission, GetPolicy: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html */
import type {
  AddPermissionCommandInput,
  GetPolicyCommandInput,
  RemovePermissionCommandInput,
} from '@aws-sdk/client-lambda';
import { type FunctionName, functionArn, functionNotFound } from '../domain/names.ts';
import { policyDocument, policyText, statementOf } from '../domain/policy.ts';
import {
  InvalidParameterValueException,
  PolicyLengthExceededException,
  ResourceConflictException,
  ResourceNotFoundException,
} from '../errors.ts';
import { policyBytesMax } from '../limits.ts';
import { resolveVersion } from '../resolve.ts';
import { type Context, checkRevision, named } from './context.ts';

export async function AddPermission(
  ctx: Context,
  input: AddPermissionCommandInput,
): Promise<{ Statement: string }> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  if (name.qualifier === '$LATEST') {
    throw new InvalidParameterValueException('We currently do not support adding policies for $LATEST.');
  }
  const { store, platform } = ctx.room;
  const statement = statementOf(input, functionArn(name, name.qualifier));
  await store.transact(async (tx) => {
    const { configuration } = await resolveVersion(store, name, platform.ids, tx);
    const policy = await store.policies.get(name, name.qualifier ?? '', tx);
    const alias = policy ? undefined : await store.aliases.get(name, name.qualifier ?? '', tx);
    const statements = policy?.statements ?? [];
    // Before there is a policy, its revision is that of what it is to be of.
    const { revisionId } = policy ?? alias ?? configuration;
    checkRevision(input.RevisionId, revisionId, 'GetPolicy');
    if (statements.some(({ Sid }) => Sid === statement.Sid)) {
      throw new ResourceConflictException(
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    const changed = { statements: [...statements, statement], revisionId: platform.ids.uuid() };
    if (Buffer.byteLength(policyDocument(changed.statements)) > policyBytesMax) {
      throw new PolicyLengthExceededException(
        `The final policy size is bigger than the limit (${policyBytesMax}).`,
      );
    }
    store.policies.put(tx, name, name.qualifier ?? '', changed);
  });
  return { Statement: JSON.stringify(statement) };
}

export async function RemovePermission(ctx: Context, input: RemovePermissionCommandInput): Promise<object> {
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const { store, platform } = ctx.room;
  await store.transact(async (tx) => {
    await resolveVersion(store, name, platform.ids, tx);
    const policy = await store.policies.get(name, name.qualifier ?? '', tx);
    if (!policy) throw noPolicy();
    checkRevision(input.RevisionId, policy.revisionId, 'GetPolicy');
    const left = policy.statements.filter(({ Sid }) => Sid !== input.StatementId);
    if (left.length === policy.statements.length) {
      throw new ResourceNotFoundException(`Statement ${input.StatementId} is not found in resource policy.`);
    }
    if (left.length === 0) store.policies.delete(tx, name, name.qualifier ?? '');
    else
      store.policies.put(tx, name, name.qualifier ?? '', {
        statements: left,
        revisionId: platform.ids.uuid(),
      });
  });
  return {};
}

export async function GetPolicy(
  ctx: Context,
  input: GetPolicyCommandInput,
): Promise<{ Policy: string; RevisionId: string }> {
  const name: FunctionName = named(ctx, input.FunctionName, input.Qualifier);
  const { store } = ctx.room;
  if (!(await store.function(name))) throw functionNotFound(name);
  const policy = await store.policies.get(name, name.qualifier ?? '');
  if (!policy) throw noPolicy();
  return { Policy: policyText(policy), RevisionId: policy.revisionId };
}

function noPolicy(): Error {
  return new ResourceNotFoundException('The resource you requested does not exist.');
}
