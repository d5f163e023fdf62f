/** PreTokenGeneration, in its three versions. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html */
import type { Context, Door } from '../room.ts';
import type { Pool, User } from '../store.ts';
import type { ClaimChanges, TokenChanges } from '../tokens/changes.ts';
import type { GroupClaims } from '../tokens/groupClaims.ts';
import { runTrigger, unreadable } from './invoke.ts';
import { userAttributesOf, withMetadata } from './userAttributes.ts';

export type TokenSource =
  | 'TokenGeneration_HostedAuth'
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_NewPasswordChallenge'
  | 'TokenGeneration_AuthenticateDevice'
  | 'TokenGeneration_RefreshTokens'
  | 'TokenGeneration_ClientCredentials';

export interface TokenRequest {
  source: TokenSource;
  /** Absent for a client that acts for itself: asked of functions of version 3 only. */
  user?: User;
  groups?: GroupClaims;
  scopes: readonly string[];
  clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** @returns nothing when the pool has no such trigger. @throws UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException */
export async function askTokenChanges(
  ctx: Context,
  { pool, client }: Door,
  { source, user, groups, scopes, clientMetadata }: TokenRequest,
): Promise<TokenChanges | undefined> {
  const trigger = triggerOf(pool);
  if (!trigger) return undefined;
  const { name, version } = trigger;
  if (!user && version !== '3') return undefined;
  const isFirst = version === '1';
  const member = isFirst ? 'claimsOverrideDetails' : 'claimsAndScopeOverrideDetails';
  const response = await runTrigger(ctx, pool, {
    name,
    called: 'PreTokenGeneration',
    version,
    source,
    userName: user?.username ?? 'ClientCredentials',
    clientId: client.id,
    request: {
      userAttributes: user ? userAttributesOf(pool, user) : {},
      groupConfiguration: groups
        ? {
            groupsToOverride: groups.groups,
            iamRolesToOverride: groups.roles,
            preferredRole: groups.preferredRole ?? null,
          }
        : null,
      ...(isFirst ? {} : { scopes }),
      ...withMetadata(clientMetadata),
    },
    response: { [member]: null },
  });
  const details = response?.[member];
  if (details === undefined || details === null) return undefined;
  if (!isMap(details)) throw unreadable();
  return isFirst ? readFirst(details) : readLater(details);
}

type Map = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Map =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where both members name it, they name the same function; the version is the newer one's. */
function triggerOf({ settings }: Pool): { name: string; version: '1' | '2' | '3' } | undefined {
  const { LambdaConfig: config } = settings;
  const versioned = config.PreTokenGenerationConfig as
    | { LambdaArn?: string; LambdaVersion?: string }
    | undefined;
  if (versioned?.LambdaArn) {
    const { LambdaVersion: version } = versioned;
    return {
      name: 'PreTokenGenerationConfig',
      version: version === 'V3_0' ? '3' : version === 'V2_0' ? '2' : '1',
    };
  }
  return config.PreTokenGeneration ? { name: 'PreTokenGeneration', version: '1' } : undefined;
}

const nothing: ClaimChanges = { add: {}, suppress: [] };

/** Version 1 changes the id token only, by texts only; groups are those of both tokens. */
function readFirst(details: Map): TokenChanges {
  const { add, suppress } = readClaims(details);
  const texts = Object.entries(add).map(([name, value]) => {
    if (typeof value === 'object') throw unreadable();
    return [name, String(value)];
  });
  return {
    id: { add: Object.fromEntries(texts), suppress },
    access: { ...nothing, scopesToAdd: [], scopesToSuppress: [] },
    ...readGroups(details),
  };
}

function readLater(details: Map): TokenChanges {
  const { idTokenGeneration: id, accessTokenGeneration: access } = details;
  const scopesToAdd = textsOf(isMap(access) ? access.scopesToAdd : undefined);
  // One with a space would be two.
  if (scopesToAdd.some((scope) => /\s/.test(scope))) throw unreadable();
  return {
    id: readClaims(id),
    access: {
      ...readClaims(access),
      scopesToAdd,
      scopesToSuppress: textsOf(isMap(access) ? access.scopesToSuppress : undefined),
    },
    ...readGroups(details),
  };
}

function readClaims(given: unknown): ClaimChanges {
  if (given === undefined || given === null) return nothing;
  if (!isMap(given)) throw unreadable();
  const { claimsToAddOrOverride: add, claimsToSuppress: suppress } = given;
  if (add !== undefined && add !== null && !isMap(add)) throw unreadable();
  const values = Object.entries(add ?? {}).filter(([, value]) => value !== null);
  return { add: Object.fromEntries(values), suppress: textsOf(suppress) };
}

/** "If you provide an empty or null object in the response, then the groups are suppressed." Left out, they stay. */
function readGroups(details: Map): { groups?: GroupClaims } {
  const { groupOverrideDetails: given } = details;
  if (given === undefined) return {};
  if (given === null) return { groups: { groups: [], roles: [] } };
  if (!isMap(given)) throw unreadable();
  const { preferredRole } = given;
  return {
    groups: {
      groups: textsOf(given.groupsToOverride),
      roles: textsOf(given.iamRolesToOverride),
      preferredRole: typeof preferredRole === 'string' && preferredRole !== '' ? preferredRole : undefined,
    },
  };
}

function textsOf(given: unknown): string[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given) || given.some((one) => typeof one !== 'string')) throw unreadable();
  return given as string[];
}
