/** What the operations of IAM share: lookups that fail in AWS's words, ids, paging, how entities are shown. */
import { base32Alphabet, type Ids } from '../../kernel/index.ts';
import type { Observations, OperationContext, PolicyEngine } from '../../platform/index.ts';
import type { Reader } from '../../store/index.ts';
import type { Vault } from '../../store/vault.ts';
import type { TaskQueue } from '../../tasks/index.ts';
import { awsManagedPolicy } from './domain/managedPolicies.ts';
import { linkedService } from './domain/serviceLinkedRoles.ts';
import { InvalidInput, LimitExceeded, NoSuchEntity, UnmodifiableEntity, ValidationError } from './errors.ts';
import { pageDefault, tagsMax } from './limits.ts';
import type { Uses } from './store/uses.ts';
import {
  groups,
  type IamStore,
  type ManagedPolicy,
  policies,
  type Role,
  roles,
  type User,
  users,
} from './store.ts';

export interface IamRoom {
  readonly store: IamStore;
  readonly ids: Ids;
  readonly policies: PolicyEngine;
  /** What users and roles were seen to do. */
  readonly observations: Observations;
  /** Seals what nobody may read from the data: seeds, private keys, secret access keys. */
  readonly vault: Vault;
  /** When keys and roles were last used. */
  readonly uses: Uses;
  readonly credentialReports: TaskQueue<{ account: string }>;
  readonly roleDeletions: TaskQueue<{ account: string; id: string }>;
}

export type IamContext = OperationContext<IamRoom>;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
export function uniqueId(
  room: IamRoom,
  prefix: 'AROA' | 'AIDA' | 'AGPA' | 'ANPA' | 'AIPA' | 'ASCA' | 'APKA' | 'ACCA',
): string {
  return prefix + room.ids.token(17, base32Alphabet);
}

export function arnOf(account: string, kind: string, path: string, name: string): string {
  return `arn:aws:iam::${account}:${kind}${path}${name}`;
}

export async function roleNamed(
  ctx: IamContext,
  name: string,
  reader: Reader = ctx.room.store.reader,
): Promise<Role> {
  const role = await roles.get(reader, ctx.account, name);
  if (!role) throw new NoSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

/** Service-linked roles belong to their service. @throws UnmodifiableEntity */
export function checkModifiable({ name, path }: { name: string; path: string }): void {
  if (linkedService(path) === undefined) return;
  throw new UnmodifiableEntity(
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  );
}

export async function userNamed(
  ctx: IamContext,
  name: string,
  reader: Reader = ctx.room.store.reader,
): Promise<User> {
  const user = await users.get(reader, ctx.account, name);
  if (!user) throw new NoSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

/** The user that is named, or else whoever asks. */
export function userOf({ principal }: IamContext, named: string | undefined): string {
  if (named !== undefined) return named;
  if (principal.type === 'user') return principal.userName;
  throw new ValidationError('Must specify userName when calling with non-User credentials');
}

export async function groupNamed(ctx: IamContext, name: string, reader: Reader = ctx.room.store.reader) {
  const group = await groups.get(reader, ctx.account, name);
  if (!group) throw new NoSuchEntity(`The group with name ${name} cannot be found.`);
  return group;
}

/** A managed policy of the account or of AWS. */
export async function findPolicy(
  account: string,
  arn: string,
  reader: Reader,
): Promise<ManagedPolicy | undefined> {
  return awsManagedPolicy(arn) ?? (await policies.get(reader, account, arn));
}

export async function policyOf(
  ctx: IamContext,
  arn: string,
  reader: Reader = ctx.room.store.reader,
): Promise<ManagedPolicy> {
  const policy = await findPolicy(ctx.account, arn, reader);
  if (!policy) throw new NoSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  return policy;
}

/** Cuts a page out of a list that is in a stable order. Markers are opaque: the place of the next entry. */
export function pageOf<T>(
  all: readonly T[],
  input: { Marker?: string | undefined; MaxItems?: number | undefined },
) {
  const from = input.Marker === undefined ? 0 : Number(Buffer.from(input.Marker, 'base64url').toString());
  if (!Number.isSafeInteger(from) || from < 0) throw new ValidationError('Invalid Marker.');
  const until = from + (input.MaxItems ?? pageDefault);
  const more = until < all.length;
  return {
    page: all.slice(from, until),
    paging: {
      IsTruncated: more,
      ...(more ? { Marker: Buffer.from(String(until)).toString('base64url') } : {}),
    },
  };
}

/** Policy documents travel percent-encoded (RFC 3986): https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function tagList(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagRecord(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  const record = Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  const isTwice = new Set(Object.keys(record).map((key) => key.toLowerCase())).size < (tags ?? []).length;
  if (isTwice) {
    throw new InvalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return record;
}

/** The tags that something is made with. @throws LimitExceeded */
export function newTags(tags: Parameters<typeof tagRecord>[0]): Record<string, string> {
  const record = tagRecord(tags);
  if (Object.keys(record).length > tagsMax) {
    throw new LimitExceeded('The number of tags has reached the maximum limit.');
  }
  return record;
}

/** All of an account's entities of one kind, under a path. */
export async function listed<T extends { path: string }>(
  entities: AsyncIterable<T>,
  pathPrefix: string | undefined,
): Promise<T[]> {
  const found: T[] = [];
  for await (const entity of entities) {
    if (pathPrefix === undefined || entity.path.startsWith(pathPrefix)) found.push(entity);
  }
  return found;
}
