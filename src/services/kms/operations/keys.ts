/** Keys themselves. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html and its neighbours. */
import { NotImplemented, partitionOf, ValidationException } from '../../../kernel/index.ts';
import { checkNotPending, describeKey, isGone, isSpec, type KeySpec, keyArn, specs } from '../domain/keys.ts';
import { defaultPolicy } from '../domain/policies.ts';
import { type Tag, withTags } from '../domain/tags.ts';
import { changeKey, findKey, putKey } from '../find.ts';
import { limits } from '../limits.ts';
import { newMaterial } from '../material.ts';
import type { Context } from '../room.ts';
import { type Key, records } from '../store.ts';
import { type Paged, pageOf, readMarker } from './paging.ts';
import { checkPolicy } from './policies.ts';

export interface CreateKeyInput {
  Policy?: string;
  Description?: string;
  KeyUsage?: string;
  KeySpec?: string;
  CustomerMasterKeySpec?: string;
  Origin?: string;
  CustomKeyStoreId?: string;
  MultiRegion?: boolean;
  BypassPolicyLockoutSafetyCheck?: boolean;
  Tags?: Tag[];
}

export async function CreateKey(ctx: Context, input: CreateKeyInput) {
  const { account, region, now, room } = ctx;
  const spec = specOf(input);
  const policy = input.Policy ?? defaultPolicy(account, partitionOf(region));
  const id = room.ids.uuid();
  const tags = withTags({}, input.Tags ?? []);
  if (input.Policy !== undefined) {
    checkPolicy(ctx, keyArn({ account, region, id }), policy, input.BypassPolicyLockoutSafetyCheck);
  }
  const key: Key = {
    account,
    region,
    id,
    description: input.Description ?? '',
    spec,
    usage: specs[spec].usage,
    state: 'Enabled',
    createdAt: now,
    manager: 'CUSTOMER',
    policy,
    tags,
    materials: [newMaterial(room, { id, spec })],
  };
  await room.store.transact(async (tx) => putKey(tx, key));
  return { KeyMetadata: describeKey(key) };
}

/** @throws ValidationException, NotImplemented */
function specOf(input: CreateKeyInput): KeySpec {
  const name = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  if (
    input.KeySpec !== undefined &&
    input.CustomerMasterKeySpec !== undefined &&
    input.KeySpec !== input.CustomerMasterKeySpec
  ) {
    throw new ValidationException(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  }
  if (name !== 'SYMMETRIC_DEFAULT' && input.KeyUsage === undefined) {
    throw new ValidationException(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    );
  }
  if (input.MultiRegion) throw new NotImplemented('Multi-Region keys of KMS');
  if ((input.Origin ?? 'AWS_KMS') !== 'AWS_KMS' || input.CustomKeyStoreId !== undefined) {
    throw new NotImplemented(`KMS keys of the origin ${input.Origin ?? 'AWS_CLOUDHSM'}`);
  }
  if (!isSpec(name)) throw new NotImplemented(`KMS keys of the kind ${name}`);
  const usage = input.KeyUsage ?? 'ENCRYPT_DECRYPT';
  if (usage !== specs[name].usage) {
    throw new ValidationException(`KeyUsage ${usage} is not compatible with KeySpec ${name}`);
  }
  return name;
}

export async function DescribeKey(ctx: Context, input: { KeyId: string }) {
  return { KeyMetadata: describeKey(await findKey(ctx, input.KeyId)) };
}

export async function ListKeys(ctx: Context, input: Paged) {
  const { account, region } = ctx;
  const size = input.Limit ?? limits.keysPerPageDefault;
  const found: Key[] = [];
  let last = readMarker(input.Marker);
  for (let isMore = true; isMore && found.length <= size; ) {
    const keys = await records.keys.values(ctx.room.store, {
      under: [account, region],
      ...(last === undefined ? {} : { gt: [account, region, last] }),
      limit: size + 1,
    });
    found.push(...keys.filter((key) => !isGone(key, ctx.now)));
    last = keys.at(-1)?.id;
    isMore = keys.length > size;
  }
  const { shown, more } = pageOf(found, size, ({ id }) => id);
  return { Keys: shown.map((key) => ({ KeyId: key.id, KeyArn: keyArn(key) })), ...more };
}

export async function UpdateKeyDescription(ctx: Context, input: { KeyId: string; Description: string }) {
  await changeKey(ctx, input.KeyId, 'kms:UpdateKeyDescription', (key) => {
    checkNotPending(key);
    return { ...key, description: input.Description };
  });
  return {};
}
