/** Grants. https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html and its neighbours. */
import { ValidationException } from '../../../kernel/index.ts';
import type { Reader, Transaction } from '../../../store/index.ts';
import { checkEnabled, keyArn } from '../domain/keys.ts';
import {
  InvalidGrantIdException,
  InvalidGrantTokenException,
  LimitExceededException,
  NotFoundException,
  wouldHaveSucceeded,
} from '../errors.ts';
import { findById } from '../find.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { type Grant, type GrantConstraints, type Key, records } from '../store.ts';
import { type Paged, pageOf, readMarker } from './paging.ts';

const tokenPurpose = 'kms.grantToken';
const idBytes = 32;

export interface CreateGrantInput {
  KeyId: string;
  GranteePrincipal: string;
  RetiringPrincipal?: string;
  Operations: string[];
  Constraints?: GrantConstraints;
  Name?: string;
  DryRun?: boolean;
}

/** A request that repeats another one with the same name gets the grant that is there. */
export async function CreateGrant(ctx: Context, input: CreateGrantInput) {
  const { account, region, now, room } = ctx;
  const key = await findById(ctx, input.KeyId);
  checkEnabled(key);
  checkConstraints(input);
  const wanted = fieldsOf(input);
  if (input.DryRun) throw wouldHaveSucceeded();
  const grant = await room.store.transact(async (tx) => {
    const known = await grantsTo(tx, key, input.GranteePrincipal);
    const same =
      input.Name === undefined
        ? undefined
        : known.find((one) => JSON.stringify(fieldsOfGrant(one)) === JSON.stringify(wanted));
    if (same) return same;
    if (known.length >= limits.grantsPerPrincipalMax) {
      throw new LimitExceededException(
        `A principal can have at most ${limits.grantsPerPrincipalMax} grants.`,
      );
    }
    const made: Grant = {
      id: Buffer.from(room.ids.bytes(idBytes)).toString('hex'),
      keyId: key.id,
      ...(input.Name === undefined ? {} : { name: input.Name }),
      grantee: input.GranteePrincipal,
      ...(input.RetiringPrincipal === undefined ? {} : { retiring: input.RetiringPrincipal }),
      issuer: `arn:aws:iam::${account}:root`,
      operations: input.Operations,
      ...(input.Constraints === undefined ? {} : { constraints: input.Constraints }),
      createdAt: now,
    };
    records.grants.put(tx, [key.id, made.id], made);
    records.grantsTo.put(tx, [key.id, made.grantee, made.id], null);
    if (made.retiring !== undefined) {
      records.retirable.put(tx, [key.account, region, made.retiring, made.id], key.id);
    }
    return made;
  });
  return { GrantToken: writeToken(ctx, key, grant), GrantId: grant.id };
}

/** @throws ValidationException */
function checkConstraints({ Constraints: given }: CreateGrantInput): void {
  if (given?.EncryptionContextEquals && given.EncryptionContextSubset) {
    throw new ValidationException(
      'You cannot specify both EncryptionContextEquals and EncryptionContextSubset in the same grant.',
    );
  }
}

const fieldsOf = (input: CreateGrantInput) => [
  input.Name ?? '',
  input.RetiringPrincipal ?? '',
  [...input.Operations].sort(),
  sorted(input.Constraints),
];
const fieldsOfGrant = ({ name, retiring, operations, constraints }: Grant) => [
  name ?? '',
  retiring ?? '',
  [...operations].sort(),
  sorted(constraints),
];
const sorted = ({
  EncryptionContextSubset: subset,
  EncryptionContextEquals: equals,
}: GrantConstraints = {}) => [subset, equals].map((pairs) => (pairs ? Object.entries(pairs).sort() : []));

export async function ListGrants(
  ctx: Context,
  input: Paged & { KeyId: string; GrantId?: string; GranteePrincipal?: string },
) {
  const key = await findById(ctx, input.KeyId);
  const size = input.Limit ?? limits.pageDefault;
  const last = readMarker(input.Marker);
  let found: Grant[];
  if (input.GranteePrincipal !== undefined) {
    const all = await grantsTo(ctx.room.store, key, input.GranteePrincipal);
    found = all.filter(({ id }) => last === undefined || id > last);
  } else {
    found = await records.grants.values(ctx.room.store, {
      under: [key.id],
      ...(last === undefined ? {} : { gt: [key.id, last] }),
      limit: size + 1,
    });
  }
  if (input.GrantId !== undefined) {
    const one = await records.grants.get(ctx.room.store, key.id, input.GrantId);
    found = one && (input.GranteePrincipal ?? one.grantee) === one.grantee ? [one] : [];
  }
  const { shown, more } = pageOf(found, size, ({ id }) => id);
  return { Grants: shown.map((grant) => describe(key, grant)), ...more };
}

export async function ListRetirableGrants(ctx: Context, input: Paged & { RetiringPrincipal: string }) {
  const { account, region, room } = ctx;
  const principal = input.RetiringPrincipal;
  const size = input.Limit ?? limits.pageDefault;
  const last = readMarker(input.Marker);
  const places = await records.retirable.range(room.store, {
    under: [account, region, principal],
    ...(last === undefined ? {} : { gt: [account, region, principal, last] }),
    limit: size + 1,
  });
  const { shown, more } = pageOf(places, size, ({ key: [, , , id] }) => id);
  const grants = await Promise.all(
    shown.map(async ({ key: [, , , id], value: keyId }) => {
      const grant = await records.grants.get(room.store, keyId, id);
      return grant && describe({ account, region, id: keyId }, grant);
    }),
  );
  return { Grants: grants.filter((grant) => grant !== undefined), ...more };
}

export async function RevokeGrant(ctx: Context, input: { KeyId: string; GrantId: string; DryRun?: boolean }) {
  const key = await findById(ctx, input.KeyId);
  await endGrant(ctx, key, input.GrantId, input.DryRun);
  return {};
}

export interface RetireGrantInput {
  GrantToken?: string;
  KeyId?: string;
  GrantId?: string;
  DryRun?: boolean;
}

export async function RetireGrant(ctx: Context, input: RetireGrantInput) {
  const { key, grantId } = await retiredBy(ctx, input);
  await endGrant(ctx, key, grantId, input.DryRun);
  return {};
}

/** @throws ValidationException, InvalidGrantTokenException, NotFoundException */
export async function retiredBy(
  ctx: Context,
  input: RetireGrantInput,
): Promise<{ key: Key; grantId: string }> {
  if (input.GrantToken !== undefined) {
    const { arn, grantId } = readToken(ctx, input.GrantToken);
    return { key: await findById(ctx, arn), grantId };
  }
  if (input.KeyId === undefined || input.GrantId === undefined) {
    throw new ValidationException('Either a grant token, or a key ID and a grant ID must be specified.');
  }
  return { key: await findById(ctx, input.KeyId), grantId: input.GrantId };
}

async function endGrant(ctx: Context, key: Key, grantId: string, isDryRun = false): Promise<void> {
  await ctx.room.store.transact(async (tx) => {
    const grant = await records.grants.get(tx, key.id, grantId);
    if (!grant) {
      if (!/^[0-9a-f]{64}$/.test(grantId)) throw new InvalidGrantIdException(`Invalid grant ID ${grantId}`);
      throw new NotFoundException(`Grant ID ${grantId} not found`);
    }
    if (isDryRun) throw wouldHaveSucceeded();
    removeGrant(tx, key, grant);
  });
}

/** With all that leads to it. */
export function removeGrant(tx: Transaction, { account, region }: Key, grant: Grant): void {
  records.grants.delete(tx, grant.keyId, grant.id);
  records.grantsTo.delete(tx, grant.keyId, grant.grantee, grant.id);
  if (grant.retiring !== undefined) records.retirable.delete(tx, account, region, grant.retiring, grant.id);
}

/** What a principal was granted on a key. */
export async function grantsTo(
  reader: Reader,
  { id: keyId }: Pick<Key, 'id'>,
  grantee: string,
): Promise<Grant[]> {
  const places = await records.grantsTo.range(reader, {
    under: [keyId, grantee],
    limit: limits.grantsPerPrincipalMax,
  });
  const grants = await Promise.all(places.map(({ key: [, , id] }) => records.grants.get(reader, keyId, id)));
  return grants.filter((grant) => grant !== undefined);
}

function describe(key: Pick<Key, 'account' | 'region' | 'id'>, grant: Grant): object {
  return {
    KeyId: keyArn(key),
    GrantId: grant.id,
    Name: grant.name ?? '',
    CreationDate: new Date(grant.createdAt),
    GranteePrincipal: grant.grantee,
    ...(grant.retiring === undefined ? {} : { RetiringPrincipal: grant.retiring }),
    IssuingAccount: grant.issuer,
    Operations: grant.operations,
    ...(grant.constraints === undefined ? {} : { Constraints: grant.constraints }),
  };
}

/** Grants count at once here: a token only says which grant is meant. */
function writeToken({ room }: Context, key: Key, { id }: Grant): string {
  const text = JSON.stringify({ arn: keyArn(key), grantId: id });
  return Buffer.from(room.vault.seal(tokenPurpose, text)).toString('base64');
}

/** @throws InvalidGrantTokenException */
export function readToken({ room }: Context, token: string): { arn: string; grantId: string } {
  try {
    const text = room.vault.open(tokenPurpose, Buffer.from(token, 'base64')).toString();
    return JSON.parse(text) as { arn: string; grantId: string };
  } catch {
    throw new InvalidGrantTokenException('Invalid grant token.');
  }
}
