/** AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy: https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html */
import type {
  AddLayerVersionPermissionCommandInput,
  GetLayerVersionPolicyCommandInput,
  RemoveLayerVersionPermissionCommandInput,
} from '@aws-sdk/client-lambda';
import type { Transaction } from '../../../store/index.ts';
import { type LayerName, layerArn, parseLayerName } from '../domain/names.ts';
import { policyDocument, policyText } from '../domain/policy.ts';
import {
  PolicyLengthExceededException,
  ResourceConflictException,
  ResourceNotFoundException,
} from '../errors.ts';
import { policyBytesMax } from '../limits.ts';
import type { PolicyStatement } from '../records.ts';
import { type Context, checkRevision } from './context.ts';

export async function AddLayerVersionPermission(
  ctx: Context,
  input: AddLayerVersionPermissionCommandInput,
): Promise<{ Statement: string; RevisionId: string }> {
  const place = parseLayerName(input.LayerName ?? '', ctx);
  const version = input.VersionNumber ?? 0;
  const { store, platform } = ctx.room;
  const statement = statementOf(input, layerArn(place, version));
  const revisionId = platform.ids.uuid();
  await store.transact(async (tx) => {
    await checkLayer(ctx, place, version, tx);
    const policy = await store.layerPolicy(place, version, tx);
    const statements = policy?.statements ?? [];
    if (statements.some(({ Sid }) => Sid === statement.Sid)) {
      throw new ResourceConflictException(
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    checkRevision(input.RevisionId, policy?.revisionId, 'GetLayerPolicy');
    const changed = { statements: [...statements, statement], revisionId };
    if (Buffer.byteLength(policyDocument(changed.statements)) > policyBytesMax) {
      throw new PolicyLengthExceededException(
        `The final policy size is bigger than the limit (${policyBytesMax}).`,
      );
    }
    store.putLayerPolicy(tx, place, version, changed);
  });
  return { Statement: JSON.stringify(statement), RevisionId: revisionId };
}

export async function RemoveLayerVersionPermission(
  ctx: Context,
  input: RemoveLayerVersionPermissionCommandInput,
): Promise<object> {
  const place = parseLayerName(input.LayerName ?? '', ctx);
  const version = input.VersionNumber ?? 0;
  const { store, platform } = ctx.room;
  await store.transact(async (tx) => {
    await checkLayer(ctx, place, version, tx);
    const policy = await store.layerPolicy(place, version, tx);
    if (!policy) throw noPolicy();
    checkRevision(input.RevisionId, policy.revisionId, 'GetLayerPolicy');
    const left = policy.statements.filter(({ Sid }) => Sid !== input.StatementId);
    if (left.length === policy.statements.length) {
      throw new ResourceNotFoundException(`Statement ${input.StatementId} is not found in resource policy.`);
    }
    const changed = { statements: left, revisionId: platform.ids.uuid() };
    store.putLayerPolicy(tx, place, version, left.length === 0 ? undefined : changed);
  });
  return {};
}

export async function GetLayerVersionPolicy(
  ctx: Context,
  input: GetLayerVersionPolicyCommandInput,
): Promise<{ Policy: string; RevisionId: string }> {
  const place = parseLayerName(input.LayerName ?? '', ctx);
  const version = input.VersionNumber ?? 0;
  await checkLayer(ctx, place, version);
  const policy = await ctx.room.store.layerPolicy(place, version);
  if (!policy) throw noPolicy();
  return { Policy: policyText(policy), RevisionId: policy.revisionId };
}

/** To an account, to an organization's accounts, or to everyone. */
function statementOf(input: AddLayerVersionPermissionCommandInput, Resource: string): PolicyStatement {
  const { StatementId = '', Action = '', Principal = '', OrganizationId } = input;
  const account = /\d{12}/.exec(Principal)?.[0];
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: account === undefined ? '*' : { AWS: `arn:aws:iam::${account}:root` },
    Action,
    Resource,
    ...(OrganizationId === undefined
      ? {}
      : { Condition: { StringEquals: { 'aws:PrincipalOrgID': OrganizationId } } }),
  };
}

async function checkLayer(ctx: Context, place: LayerName, version: number, tx?: Transaction): Promise<void> {
  if (await ctx.room.store.layer(place, version, tx)) return;
  throw new ResourceNotFoundException(`Layer version ${layerArn(place, version)} does not exist.`);
}

function noPolicy(): Error {
  return new ResourceNotFoundException('No policy is associated with the given resource.');
}
