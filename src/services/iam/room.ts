/** What the operations of IAM share: lookups that fail in AWS's words, ids, paging, how entities are shown. */
import { base32Alphabet, type Ids, parseArn } from '../../kernel/index.ts';
import type { Observations, OperationContext, PolicyEngine } from '../../platform/index.ts';
import type { Reader } from '../../store/index.ts';
import type { Vault } from '../../store/vault.ts';
import type { TaskQueue } from '../../tasks/index.ts';
import { awsManagedPolicy } from './domain/managedPolicies.ts';
import { linkedService } from './domain/serviceLinkedRoles.ts';
import { InvalidInput, NoSuchEntity, UnmodifiableEntity, ValidationError } from './errors.ts';
import { pageDefault } from './limits.ts';
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

/** @throws NoSuchEntity @throws InvalidInput, ValidationError for what is no ARN of a policy. */
export async function policyOf(
  ctx: IamContext,
  arn: string,
  reader: Reader = ctx.room.store.reader,
): Promise<ManagedPolicy> {
  checkPolicyArn(arn);
  const policy = await findPolicy(ctx.account, arn, reader);
  if (!policy) throw new NoSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

/** A policy that is to be given to somebody, or to bound somebody (`Scope ARN: `): AWS has other words for that. */
export async function attachablePolicy(
  ctx: IamContext,
  arn: string,
  reader: Reader = ctx.room.store.reader,
  as: '' | 'Scope ARN: ' = '',
): Promise<ManagedPolicy> {
  checkPolicyArn(arn);
  const policy = await findPolicy(ctx.account, arn, reader);
  if (policy) return policy;
  throw new NoSuchEntity(`${as || 'Policy '}${arn} does not exist or is not attachable.`);
}

function checkPolicyArn(arn: string): void {
  const parsed = parseArn(arn);
  // The two spaces are AWS's.
  if (!parsed) throw new ValidationError('Invalid ARN:  Could not be parsed!');
  if (parsed.partition !== 'aws') throw new ValidationError('Invalid ARN partition');
  if (parsed.service !== 'iam' || parsed.region !== '' || !parsed.resource.startsWith('policy/')) {
    throw new InvalidInput(`ARN ${arn} is not valid.`);
  }
}

interface Paged {
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

/**
 * As AWS answers: "PermissionsBoundaryType": "Policy", whatever the model's enumeration says.
 * https://docs.aws.amazon.com/cli/latest/reference/iam/create-user.html#examples
 */
export function boundaryShown({ boundary }: { boundary: string | undefined }) {
  if (boundary === undefined) return {};
  const type = 'Policy' as 'PermissionsBoundaryPolicy';
  return { PermissionsBoundary: { PermissionsBoundaryType: type, PermissionsBoundaryArn: boundary } };
}

/** Cuts a page out of a list that is in a stable order. Markers are opaque: the place of the next entry. */
export function pageOf<T>(all: readonly T[], input: Paged) {
  const from = input.Marker === undefined ? 0 : Number(read(input.Marker));
  if (!Number.isSafeInteger(from) || from < 0) throw new ValidationError('Invalid Marker.');
  const until = from + (input.MaxItems ?? pageDefault);
  return pageBetween(all, from, until, () => String(until));
}

/**
 * The same for entities that come and go: whoever deletes each page before asking for the next misses none.
 * @param keyOf what the list is sorted by, in the order of its UTF-16 units; the marker holds the last one that was told.
 */
export function pageAfter<T>(all: readonly T[], input: Paged, keyOf: (entry: T) => string) {
  const after = input.Marker === undefined ? undefined : read(input.Marker);
  if (after !== undefined && !after.startsWith(markerStart)) throw new ValidationError('Invalid Marker.');
  const last = after?.slice(markerStart.length);
  const next = last === undefined ? 0 : all.findIndex((entry) => keyOf(entry) > last);
  const from = next < 0 ? all.length : next;
  const until = from + (input.MaxItems ?? pageDefault);
  return pageBetween(all, from, until, () => markerStart + keyOf(all[until - 1] as T));
}

const markerStart = '>';

function read(marker: string): string {
  return Buffer.from(marker, 'base64url').toString();
}

function pageBetween<T>(all: readonly T[], from: number, until: number, marker: () => string) {
  const more = until < all.length;
  return {
    page: all.slice(from, until),
    paging: { IsTruncated: more, ...(more ? { Marker: Buffer.from(marker()).toString('base64url') } : {}) },
  };
}

/** Policy documents travel percent-encoded (RFC 3986): https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
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
