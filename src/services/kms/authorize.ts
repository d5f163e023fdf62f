/**
 * Who may do what with which key: the key's policy, the caller's policies and grants.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
 */
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import type { EncryptionContext } from './domain/cipher.ts';
import { covers, isNarrower, namesOf } from './domain/grants.ts';
import { aliasArn, keyArn } from './domain/keys.ts';
import { withGrants } from './domain/policies.ts';
import type { Tag } from './domain/tags.ts';
import { findById, findKey } from './find.ts';
import { limits } from './limits.ts';
import { aliasOf } from './operations/aliases.ts';
import { isKeyEnough, keyOfBlob, unknownKeyOfBlob } from './operations/encryption.ts';
import { type CreateGrantInput, grantsTo, type RetireGrantInput, retiredBy } from './operations/grants.ts';
import type { CreateKeyInput } from './operations/keys.ts';
import type { Context, KmsRoom } from './room.ts';
import { type Grant, type Key, records } from './store.ts';

type Rule = AuthorizationRule<KmsRoom>;
type Facts = Record<string, string | readonly string[]>;

interface About {
  /** As the request named the key. */
  named?: string | undefined;
  context?: EncryptionContext | undefined;
  facts?: Facts;
  /** Whether a grant that covers the operation covers this request. */
  isCovered?: (grant: Grant) => boolean;
}

const onAny: Rule = () => ({ resources: ['*'] });

/** An operation that takes a key's id or ARN. */
const onKey =
  (operation: string): Rule =>
  async (ctx, input: { KeyId: string }) =>
    aboutKey(ctx, operation, await findById(ctx, input.KeyId));

/** An operation that uses a key, by any of its names. */
const onUse =
  (operation: string): Rule =>
  async (
    ctx,
    input: { KeyId: string; EncryptionContext?: EncryptionContext; EncryptionAlgorithm?: string },
  ) =>
    aboutKey(ctx, operation, await findKey(ctx, input.KeyId), {
      named: input.KeyId,
      context: input.EncryptionContext ?? {},
      facts: algorithmOf(input.EncryptionAlgorithm),
    });

const onMac =
  (operation: string): Rule =>
  async (ctx, input: { KeyId: string; MacAlgorithm: string }) =>
    aboutKey(ctx, operation, await findKey(ctx, input.KeyId), {
      named: input.KeyId,
      facts: { 'kms:MacAlgorithm': input.MacAlgorithm },
    });

const onDescription: Rule = async (ctx, input: { KeyId: string }) =>
  aboutKey(ctx, 'DescribeKey', await findKey(ctx, input.KeyId), { named: input.KeyId });

interface Decrypts {
  CiphertextBlob?: Uint8Array;
  KeyId?: string;
  EncryptionContext?: EncryptionContext;
  EncryptionAlgorithm?: string;
  DryRun?: boolean;
  DryRunModifiers?: string[];
}

const onDecryption: Rule = async (ctx, input: Decrypts) =>
  hushed(
    ctx,
    input.KeyId,
    await aboutKey(ctx, 'Decrypt', await sourceOf(ctx, input), {
      named: input.KeyId,
      context: input.EncryptionContext ?? {},
      facts: algorithmOf(input.EncryptionAlgorithm),
    }),
  );

interface ReEncrypts {
  CiphertextBlob?: Uint8Array;
  SourceKeyId?: string;
  SourceEncryptionContext?: EncryptionContext;
  DestinationKeyId: string;
  DestinationEncryptionContext?: EncryptionContext;
  DryRun?: boolean;
  DryRunModifiers?: string[];
}

const onReEncryption: Rule = async (ctx, input: ReEncrypts) => {
  const { SourceKeyId: KeyId, ...rest } = input;
  const source = await sourceOf(ctx, { ...rest, ...(KeyId === undefined ? {} : { KeyId }) });
  const destination = await findKey(ctx, input.DestinationKeyId);
  const facts = { 'kms:ReEncryptOnSameKey': String(source.id === destination.id), ...algorithmOf() };
  return [
    hushed(
      ctx,
      KeyId,
      await aboutKey(ctx, 'ReEncryptFrom', source, {
        named: KeyId,
        context: input.SourceEncryptionContext ?? {},
        facts,
      }),
    ),
    await aboutKey(ctx, 'ReEncryptTo', destination, {
      named: input.DestinationKeyId,
      context: input.DestinationEncryptionContext ?? {},
      facts,
    }),
  ];
};

/** @throws what the operation answers when it doesn't find the key. */
async function sourceOf(ctx: Context, input: Decrypts): Promise<Key> {
  if (isKeyEnough(input) && input.KeyId !== undefined) return findKey(ctx, input.KeyId);
  return keyOfBlob(ctx, input.CiphertextBlob, input.KeyId);
}

/** Who only has a ciphertext isn't told whose key it is. */
function hushed(ctx: Context, named: string | undefined, asked: AuthorizationRequest): AuthorizationRequest {
  const isForeign = !asked.resources.every((arn) => arn.includes(`:${ctx.account}:`));
  return named === undefined && isForeign ? { ...asked, refusal: unknownKeyOfBlob } : asked;
}

const onCreation: Rule = (_ctx, input: CreateKeyInput) => {
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const context = {
    'kms:KeySpec': spec,
    'kms:CustomerMasterKeySpec': spec,
    'kms:KeyUsage': input.KeyUsage ?? 'ENCRYPT_DECRYPT',
    'kms:CustomerMasterKeyUsage': input.KeyUsage ?? 'ENCRYPT_DECRYPT',
    'kms:KeyOrigin': input.Origin ?? 'AWS_KMS',
    'kms:MultiRegion': String(input.MultiRegion ?? false),
    ...bypassOf(input),
    ...requestTags(input.Tags),
  };
  const asked = [{ action: 'kms:CreateKey', resources: ['*'], context }];
  if (input.Tags && input.Tags.length > 0) {
    asked.push({ action: 'kms:TagResource', resources: ['*'], context });
  }
  return asked;
};

const onPolicy: Rule = async (ctx, input: { KeyId: string; BypassPolicyLockoutSafetyCheck?: boolean }) =>
  aboutKey(ctx, 'PutKeyPolicy', await findById(ctx, input.KeyId), { facts: bypassOf(input) });

const onDeletion: Rule = async (ctx, input: { KeyId: string; PendingWindowInDays?: number }) =>
  aboutKey(ctx, 'ScheduleKeyDeletion', await findById(ctx, input.KeyId), {
    facts: {
      'kms:ScheduleKeyDeletionPendingWindowInDays': String(input.PendingWindowInDays ?? limits.windowDaysMax),
    },
  });

const onRotation: Rule = async (ctx, input: { KeyId: string; RotationPeriodInDays?: number }) =>
  aboutKey(ctx, 'EnableKeyRotation', await findById(ctx, input.KeyId), {
    facts: {
      'kms:RotationPeriodInDays': String(input.RotationPeriodInDays ?? limits.rotationDaysDefault),
    },
  });

const onTags =
  (operation: string): Rule =>
  async (ctx, input: { KeyId: string; Tags?: Tag[]; TagKeys?: string[] }) =>
    aboutKey(ctx, operation, await findById(ctx, input.KeyId), {
      facts: requestTags(input.Tags, input.TagKeys),
    });

/** The alias, which only the caller's own policies know, and each key that it has anything to do with. */
const onNewAlias: Rule = async (ctx, input: { AliasName: string; TargetKeyId: string }) => [
  { action: 'kms:CreateAlias', resources: [aliasArn(ctx, input.AliasName)] },
  await aboutKey(ctx, 'CreateAlias', await findKey(ctx, input.TargetKeyId)),
];

const onAliasChange: Rule = async (ctx, input: { AliasName: string; TargetKeyId: string }) => [
  { action: 'kms:UpdateAlias', resources: [aliasArn(ctx, input.AliasName)] },
  ...(await aboutKeyOfAlias(ctx, 'UpdateAlias', input.AliasName)),
  await aboutKey(ctx, 'UpdateAlias', await findKey(ctx, input.TargetKeyId)),
];

const onAliasDeletion: Rule = async (ctx, input: { AliasName: string }) => [
  { action: 'kms:DeleteAlias', resources: [aliasArn(ctx, input.AliasName)] },
  ...(await aboutKeyOfAlias(ctx, 'DeleteAlias', input.AliasName)),
];

/** An alias may outlive its key for a moment. */
async function aboutKeyOfAlias(ctx: Context, action: string, name: string): Promise<AuthorizationRequest[]> {
  const { account, region, keyId } = await aliasOf(ctx, name);
  const key = await records.keys.get(ctx.room.store, account, region, keyId);
  return key ? [await aboutKey(ctx, action, key)] : [];
}

const onGrant: Rule = async (ctx, input: CreateGrantInput) => {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = input.Constraints ?? {};
  const constraint = equals ? 'EncryptionContextEquals' : subset ? 'EncryptionContextSubset' : undefined;
  return aboutKey(ctx, 'CreateGrant', await findById(ctx, input.KeyId), {
    facts: {
      'kms:GrantOperations': input.Operations,
      'kms:GranteePrincipal': input.GranteePrincipal,
      'kms:GrantIsForAWSResource': String(ctx.via !== undefined),
      ...(input.RetiringPrincipal === undefined ? {} : { 'kms:RetiringPrincipal': input.RetiringPrincipal }),
      ...(constraint === undefined ? {} : { 'kms:GrantConstraintType': constraint }),
    },
    isCovered: (grant) => isNarrower(input, grant),
  });
};

/** The grant itself says who may retire it. */
const onRetirement: Rule = async (ctx, input: RetireGrantInput) => {
  const { key, grantId } = await retiredBy(ctx, input);
  const grant = await records.grants.get(ctx.room.store, key.id, grantId);
  const asked = await aboutKey(ctx, 'RetireGrant', key, { isCovered: ({ id }) => id === grantId });
  if (grant?.retiring === undefined || asked.resourcePolicy === undefined) return asked;
  const retiring = { principal: grant.retiring, action: 'kms:RetireGrant' };
  return { ...asked, resourcePolicy: withGrants(asked.resourcePolicy, [retiring]) };
};

export const authorize: Readonly<Record<string, Rule>> = {
  CancelKeyDeletion: onKey('CancelKeyDeletion'),
  CreateAlias: onNewAlias,
  CreateGrant: onGrant,
  CreateKey: onCreation,
  Decrypt: onDecryption,
  DeleteAlias: onAliasDeletion,
  DescribeKey: onDescription,
  DisableKey: onKey('DisableKey'),
  DisableKeyRotation: onKey('DisableKeyRotation'),
  EnableKey: onKey('EnableKey'),
  EnableKeyRotation: onRotation,
  Encrypt: onUse('Encrypt'),
  GenerateDataKey: onUse('GenerateDataKey'),
  GenerateDataKeyWithoutPlaintext: onUse('GenerateDataKeyWithoutPlaintext'),
  GenerateMac: onMac('GenerateMac'),
  GenerateRandom: onAny,
  GetKeyPolicy: onKey('GetKeyPolicy'),
  GetKeyRotationStatus: onKey('GetKeyRotationStatus'),
  ListAliases: onAny,
  ListGrants: onKey('ListGrants'),
  ListKeyPolicies: onKey('ListKeyPolicies'),
  ListKeyRotations: onKey('ListKeyRotations'),
  ListKeys: onAny,
  ListResourceTags: onKey('ListResourceTags'),
  ListRetirableGrants: onAny,
  PutKeyPolicy: onPolicy,
  ReEncrypt: onReEncryption,
  RetireGrant: onRetirement,
  RevokeGrant: onKey('RevokeGrant'),
  RotateKeyOnDemand: onKey('RotateKeyOnDemand'),
  ScheduleKeyDeletion: onDeletion,
  TagResource: onTags('TagResource'),
  UntagResource: onTags('UntagResource'),
  UpdateAlias: onAliasChange,
  UpdateKeyDescription: onKey('UpdateKeyDescription'),
  VerifyMac: onMac('VerifyMac'),
};

async function aboutKey(
  ctx: Context,
  operation: string,
  key: Key,
  { named, context, facts, isCovered = () => true }: About = {},
): Promise<AuthorizationRequest> {
  const action = `kms:${operation}`;
  const [granted, aliases] = await Promise.all([grantedTo(ctx, key), aliasNamesOf(ctx, key)]);
  const allowed = granted
    .filter((grant) => covers(grant, operation, context) && isCovered(grant))
    .map(({ grantee }) => ({ principal: grantee, action }));
  const alias = named && /(?:^|:)(alias\/.+)$/.exec(named)?.[1];
  return {
    action,
    resources: [keyArn(key)],
    resourcePolicy: withGrants(key.policy, allowed),
    context: {
      'kms:KeySpec': key.spec,
      'kms:KeyUsage': key.usage,
      'kms:KeyOrigin': 'AWS_KMS',
      'kms:MultiRegion': 'false',
      ...(aliases.length > 0 ? { 'kms:ResourceAliases': aliases } : {}),
      ...(alias ? { 'kms:RequestAlias': alias } : {}),
      ...callerFacts(ctx),
      ...contextFacts(context),
      ...Object.fromEntries(
        Object.entries(key.tags).map(([name, value]) => [`aws:ResourceTag/${name}`, value]),
      ),
      ...facts,
    },
  };
}

/** What the caller was granted on a key, by any of its names. */
async function grantedTo({ principal, room }: Context, key: Key): Promise<Grant[]> {
  return (await Promise.all(namesOf(principal).map((name) => grantsTo(room.store, key, name)))).flat();
}

async function aliasNamesOf({ room }: Context, { account, region, id }: Key): Promise<string[]> {
  const found = await records.aliasesOf.range(room.store, {
    under: [account, region, id],
    limit: limits.aliasesPerKeyMax,
  });
  return found.map(({ key: [, , , name] }) => name);
}

function callerFacts({ principal, via, region }: Context): Facts {
  return {
    ...(principal.type === 'service' || principal.type === 'anonymous'
      ? {}
      : { 'kms:CallerAccount': principal.account }),
    ...(via === undefined ? {} : { 'kms:ViaService': `${via}.${region}.amazonaws.com` }),
  };
}

function contextFacts(context: EncryptionContext = {}): Facts {
  const keys = Object.keys(context);
  return {
    ...Object.fromEntries(
      Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]),
    ),
    ...(keys.length > 0 ? { 'kms:EncryptionContextKeys': keys } : {}),
  };
}

const algorithmOf = (algorithm = 'SYMMETRIC_DEFAULT'): Facts => ({ 'kms:EncryptionAlgorithm': algorithm });

const bypassOf = ({
  BypassPolicyLockoutSafetyCheck: bypass,
}: {
  BypassPolicyLockoutSafetyCheck?: boolean;
}): Facts => ({
  'kms:BypassPolicyLockoutSafetyCheck': String(bypass ?? false),
});

function requestTags(tags: readonly Tag[] = [], keys: readonly string[] = []): Facts {
  const named = [...tags.map(({ TagKey }) => TagKey), ...keys];
  return {
    ...Object.fromEntries(tags.map(({ TagKey, TagValue }) => [`aws:RequestTag/${TagKey}`, TagValue])),
    ...(named.length > 0 ? { 'aws:TagKeys': named } : {}),
  };
}
