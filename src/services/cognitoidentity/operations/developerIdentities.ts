/** Users whom a developer's own provider knows. https://docs.aws.amazon.com/cognito/latest/developerguide/developer-authenticated-identities.html */
import { mergeInto } from '../domain/linking.ts';
import {
  InvalidParameterException,
  ResourceConflictException,
  ResourceNotFoundException,
} from '../errors.ts';
import { ownerOf, putLinking } from '../identities.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf, unknownIdentity } from '../room.ts';
import { type Identity, type Pool, records } from '../store.ts';
import { pageOf, readPlace } from './paging.ts';

interface LookupInput {
  IdentityPoolId: string;
  IdentityId?: string;
  DeveloperUserIdentifier?: string;
  MaxResults?: number;
  NextToken?: string;
}

export async function LookupDeveloperIdentity(ctx: Context, input: LookupInput) {
  const pool = await poolOf(ctx, input.IdentityPoolId);
  const provider = developerProviderOf(pool);
  const { IdentityId, DeveloperUserIdentifier: subject } = input;
  if (IdentityId === undefined && subject === undefined) {
    throw new InvalidParameterException('Either IdentityId or DeveloperUserIdentifier must be provided.');
  }
  if (subject === undefined) return usersOf(ctx, pool, provider, input);
  const owner = await ownerOf(ctx.room.store, pool.id, { provider, subject });
  if (IdentityId === undefined) {
    if (!owner) throw unknownUser(subject);
  } else if (owner?.id !== IdentityId) {
    throw new ResourceConflictException(
      `Developer user identifier '${subject}' is not linked to identity '${IdentityId}'.`,
    );
  }
  return { IdentityId: owner?.id, DeveloperUserIdentifierList: [subject] };
}

async function usersOf({ room }: Context, pool: Pool, provider: string, input: LookupInput) {
  const identityId = input.IdentityId ?? '';
  const identity = await records.identities.get(room.store, pool.id, identityId);
  if (!identity) throw unknownIdentity(identityId);
  const after = readPlace(input.NextToken);
  const size = input.MaxResults ?? limits.lookupPageDefault;
  const users = identity.logins
    .filter((login) => login.provider === provider)
    .map(({ subject }) => subject)
    .sort()
    .filter((subject) => after === undefined || subject > after);
  const { shown, ...more } = pageOf(users, size, (subject) => subject);
  return { IdentityId: identity.id, DeveloperUserIdentifierList: shown, ...more };
}

interface MergeInput {
  IdentityPoolId: string;
  DeveloperProviderName: string;
  SourceUserIdentifier: string;
  DestinationUserIdentifier: string;
}

/** The source's identity is disabled, its logins are the destination's. */
export async function MergeDeveloperIdentities(ctx: Context, input: MergeInput) {
  const pool = await poolOf(ctx, input.IdentityPoolId);
  const provider = checkProvider(pool, input.DeveloperProviderName);
  const identity = await ctx.room.store.transact(async (tx) => {
    const read = async (subject: string): Promise<Identity> => {
      const owner = await ownerOf(tx, pool.id, { provider, subject });
      if (!owner) throw unknownUser(subject);
      return owner;
    };
    const source = await read(input.SourceUserIdentifier);
    const destination = await read(input.DestinationUserIdentifier);
    if (source.id === destination.id) return destination;
    const linking = mergeInto(destination, source, provider, ctx.now);
    putLinking(tx, linking);
    return linking.identity;
  });
  return { IdentityId: identity.id };
}

interface UnlinkInput {
  IdentityId: string;
  IdentityPoolId: string;
  DeveloperProviderName: string;
  DeveloperUserIdentifier: string;
}

export async function UnlinkDeveloperIdentity(ctx: Context, input: UnlinkInput) {
  const pool = await poolOf(ctx, input.IdentityPoolId);
  const provider = checkProvider(pool, input.DeveloperProviderName);
  const { DeveloperUserIdentifier: subject, IdentityId: id } = input;
  await ctx.room.store.transact(async (tx) => {
    const identity = await records.identities.get(tx, pool.id, id);
    if (!identity) throw unknownIdentity(id);
    const logins = identity.logins.filter(
      (login) => login.provider !== provider || login.subject !== subject,
    );
    if (logins.length === identity.logins.length) throw unknownUser(subject);
    records.logins.delete(tx, pool.id, provider, subject);
    records.identities.put(tx, [pool.id, id], { ...identity, logins, modifiedAt: ctx.now });
  });
  return {};
}

/** @throws InvalidParameterException */
function developerProviderOf({ settings }: Pool): string {
  if (settings.DeveloperProviderName === undefined) {
    throw new InvalidParameterException('This identity pool does not have a developer provider.');
  }
  return settings.DeveloperProviderName;
}

/** @throws InvalidParameterException */
function checkProvider(pool: Pool, named: string): string {
  if (pool.settings.DeveloperProviderName !== named) {
    throw new InvalidParameterException(
      'This identity pool does not support the specified developer provider.',
    );
  }
  return named;
}

const unknownUser = (subject: string) =>
  new ResourceNotFoundException(`Developer user identifier '${subject}' not found.`);
