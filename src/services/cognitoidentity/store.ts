/**
 * What Cognito identity pools keep. Key table:
 *
 *   cognitoidentity.pool       [account, region, poolId]     → Pool
 *   cognitoidentity.poolOwner  [poolId]                      → Place        unsigned calls name a pool only
 *   cognitoidentity.identity   [poolId, identityId]          → Identity
 *   cognitoidentity.inPool     [identityId]                  → pool id      calls that name an identity only
 *   cognitoidentity.login      [poolId, provider, subject]   → identity id  who a provider's user is
 *   cognitoidentity.tagMap     [poolId, provider]            → TagMap       claims that become principal tags
 *   cognitoidentity.signingKey [use]                         → SigningKey   of all pools of this cloud
 *
 * Private keys are sealed by the vault before they come here.
 */
import { recordSet } from '../../store/index.ts';
import type { PoolSettings } from './domain/poolSettings.ts';
import type { RoleMapping } from './domain/roles.ts';

export interface Place {
  account: string;
  region: string;
}

export interface Pool extends Place {
  /** `region:uuid`. */
  id: string;
  /** CreateIdentityPool's members, without the tags. */
  settings: PoolSettings;
  tags: Record<string, string>;
  roles: { authenticated?: string; unauthenticated?: string };
  roleMappings: Record<string, RoleMapping>;
  createdAt: number;
}

export interface LinkedLogin {
  provider: string;
  /** Who the user is there: `sub`, a NameID, or a developer's user identifier. */
  subject: string;
}

export interface Identity {
  /** `region:uuid`. */
  id: string;
  poolId: string;
  logins: LinkedLogin[];
  /** True from the first login on, even when all were unlinked: it is then nobody's. */
  authenticated: boolean;
  /** Merged identities are disabled; whose logins they gave away. */
  mergedInto?: string;
  createdAt: number;
  modifiedAt: number;
}

export interface TagMap {
  useDefaults: boolean;
  /** Tag key → name of the claim that is its value. */
  principalTags: Record<string, string>;
}

export interface SigningKey {
  kid: string;
  /** JWK of the public part. */
  publicJwk: Record<string, string>;
  /** Sealed for `cognitoidentity.signingKey`: PKCS #8, DER. */
  privateKey: Uint8Array;
}

export const records = {
  pools: recordSet<[account: string, region: string, poolId: string], Pool>('cognitoidentity.pool'),
  poolOwners: recordSet<[poolId: string], Place>('cognitoidentity.poolOwner'),
  identities: recordSet<[poolId: string, identityId: string], Identity>('cognitoidentity.identity'),
  poolsOfIdentities: recordSet<[identityId: string], string>('cognitoidentity.inPool'),
  logins: recordSet<[poolId: string, provider: string, subject: string], string>('cognitoidentity.login'),
  tagMaps: recordSet<[poolId: string, provider: string], TagMap>('cognitoidentity.tagMap'),
  signingKeys: recordSet<[use: 'token'], SigningKey>('cognitoidentity.signingKey'),
};
