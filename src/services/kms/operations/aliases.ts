/** Aliases. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html and its neighbours. */
import { ValidationException } from '../../../kernel/index.ts';
import type { Reader } from '../../../store/index.ts';
import { aliasArn, checkNotPending, type KeySpec, type KeyUsage } from '../domain/keys.ts';
import {
  AlreadyExistsException,
  InvalidAliasNameException,
  LimitExceededException,
  NotAuthorizedException,
  NotFoundException,
} from '../errors.ts';
import { findById, findOwn, putAlias } from '../find.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { type Alias, type Key, records } from '../store.ts';
import { type Paged, pageOf, readMarker } from './paging.ts';

interface AliasInput {
  AliasName: string;
  TargetKeyId: string;
}

export async function CreateAlias(ctx: Context, input: AliasInput) {
  const { account, region, now } = ctx;
  checkName(input.AliasName);
  await ctx.room.store.transact(async (tx) => {
    const key = await targetOf(ctx, input.TargetKeyId, 'kms:CreateAlias', tx);
    if (await records.aliases.exists(tx, account, region, input.AliasName)) {
      throw new AlreadyExistsException(
        `An alias with the name ${aliasArn(ctx, input.AliasName)} already exists`,
      );
    }
    await checkRoom(tx, key);
    putAlias(tx, { account, region, name: input.AliasName, keyId: key.id, createdAt: now, updatedAt: now });
  });
  return {};
}

/** The new key is of the same kind as the one before. */
export async function UpdateAlias(ctx: Context, input: AliasInput) {
  const { account, region, now } = ctx;
  checkName(input.AliasName);
  await ctx.room.store.transact(async (tx) => {
    const alias = await aliasOf(ctx, input.AliasName, tx);
    const key = await targetOf(ctx, input.TargetKeyId, 'kms:UpdateAlias', tx);
    const before = await records.keys.get(tx, account, region, alias.keyId);
    if (before) checkSameKind(before, key);
    if (key.id !== alias.keyId) await checkRoom(tx, key);
    records.aliasesOf.delete(tx, account, region, alias.keyId, alias.name);
    putAlias(tx, { ...alias, keyId: key.id, updatedAt: now });
  });
  return {};
}

export async function DeleteAlias(ctx: Context, input: { AliasName: string }) {
  const { account, region } = ctx;
  checkName(input.AliasName);
  await ctx.room.store.transact(async (tx) => {
    const alias = await aliasOf(ctx, input.AliasName, tx);
    records.aliases.delete(tx, account, region, alias.name);
    records.aliasesOf.delete(tx, account, region, alias.keyId, alias.name);
  });
  return {};
}

export async function ListAliases(ctx: Context, input: Paged & { KeyId?: string }) {
  const { account, region, room } = ctx;
  const size = input.Limit ?? limits.pageDefault;
  const last = readMarker(input.Marker);
  const aliases =
    input.KeyId === undefined
      ? await records.aliases.values(room.store, {
          under: [account, region],
          ...(last === undefined ? {} : { gt: [account, region, last] }),
          limit: size + 1,
        })
      : await aliasesOf(ctx, await findById(ctx, input.KeyId), last, size + 1);
  const { shown, more } = pageOf(aliases, size, ({ name }) => name);
  return { Aliases: shown.map(describe), ...more };
}

async function aliasesOf(ctx: Context, key: Key, last: string | undefined, limit: number): Promise<Alias[]> {
  const { account, region, id } = key;
  const names = await records.aliasesOf.range(ctx.room.store, {
    under: [account, region, id],
    ...(last === undefined ? {} : { gt: [account, region, id, last] }),
    limit,
  });
  const found = await Promise.all(
    names.map(({ key: [, , , name] }) => records.aliases.get(ctx.room.store, account, region, name)),
  );
  return found.filter((alias) => alias !== undefined);
}

function describe(alias: Alias): object {
  return {
    AliasName: alias.name,
    AliasArn: aliasArn(alias, alias.name),
    TargetKeyId: alias.keyId,
    CreationDate: new Date(alias.createdAt),
    LastUpdatedDate: new Date(alias.updatedAt),
  };
}

async function targetOf(ctx: Context, text: string, action: string, reader: Reader): Promise<Key> {
  if (text.startsWith('alias/') || /^arn:[^:]*:kms:[^:]*:[^:]*:alias\//.test(text)) {
    throw new ValidationException('Aliases must refer to keys. Not aliases');
  }
  const key = await findOwn(ctx, text, action, reader);
  checkNotPending(key);
  return key;
}

/** @throws NotFoundException */
export async function aliasOf(ctx: Context, name: string, reader: Reader = ctx.room.store): Promise<Alias> {
  const alias = await records.aliases.get(reader, ctx.account, ctx.region, name);
  if (!alias) throw new NotFoundException(`Alias ${aliasArn(ctx, name)} is not found.`);
  return alias;
}

/** @throws LimitExceededException */
async function checkRoom(reader: Reader, { account, region, id }: Key): Promise<void> {
  const known = await records.aliasesOf.range(reader, {
    under: [account, region, id],
    limit: limits.aliasesPerKeyMax,
  });
  if (known.length < limits.aliasesPerKeyMax) return;
  throw new LimitExceededException(`A key can have at most ${limits.aliasesPerKeyMax} aliases.`);
}

function checkSameKind(
  before: { spec: KeySpec; usage: KeyUsage },
  after: { spec: KeySpec; usage: KeyUsage },
): void {
  const isSymmetric = (key: { spec: KeySpec }) => key.spec === 'SYMMETRIC_DEFAULT';
  if (before.usage === after.usage && isSymmetric(before) === isSymmetric(after)) return;
  throw new ValidationException(
    'Alias cannot be changed to a key with a different key usage or key type than the current key.',
  );
}

/** @throws ValidationException, NotAuthorizedException, InvalidAliasNameException */
function checkName(name: string): void {
  if (!name.startsWith('alias/')) {
    throw new ValidationException(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  }
  if (name.startsWith('alias/aws/')) throw new NotAuthorizedException('');
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw new InvalidAliasNameException(
      'Alias contains invalid characters. An alias name can include only alphanumeric characters, forward slashes, underscores and dashes.',
    );
  }
}
