/**
 * What Cognito user pools keep. Key table:
 *
 *   cognitoidp.pool       [account, region, poolId]         → Pool
 *   cognitoidp.poolOwner  [poolId]                          → Place        for calls and addresses that name a pool only
 *   cognitoidp.client     [poolId, clientId]                → Client
 *   cognitoidp.clientPool [clientId]                        → Place and pool: unsigned calls name a client only
 *   cognitoidp.user       [poolId, user key]                → User
 *   cognitoidp.sub        [poolId, sub]                     → user key
 *   cognitoidp.alias      [poolId, attribute, value]        → user key     whose verified address or name it is
 *   cognitoidp.code       [poolId, user key, purpose]       → Code         what a confirmation is compared with
 *   cognitoidp.provider   [poolId, name]                    → Provider
 *   cognitoidp.providerName [poolId, identifier]            → name of a provider
 *   cognitoidp.providerLink [poolId, provider, attribute, value] → user key: for whom the provider's word stands
 *   cognitoidp.linkOf     [poolId, user key, provider, attribute, value] → nothing: the same by user
 *   cognitoidp.samlKey    [poolId]                          → certificate and key of SAML requests
 *   cognitoidp.attempts   [poolId, user key]                → Attempts     wrong passwords, and codes sent
 *   cognitoidp.group      [poolId, name]                    → Group
 *   cognitoidp.member     [poolId, group, user key]         → since when
 *   cognitoidp.groupOf    [poolId, user key, group]         → since when   the same by user
 *   cognitoidp.session    [poolId, expires at, session id]  → null: challenge sessions that were used up, or how often they were answered wrongly
 *   cognitoidp.device     [poolId, user key, device key]    → Device
 *   cognitoidp.webAuthnCredential [poolId, user key, credential id] → WebAuthnCredential   a passkey
 *   cognitoidp.webAuthnChallenge [poolId, user key]          → WebAuthnChallenge   a registration that was begun
 *   cognitoidp.softwareToken [poolId, user key]             → SoftwareToken   the authenticator app of a user
 *   cognitoidp.challenge  [poolId, expires at, id]          → what a custom challenge knows and its client doesn't; sealed
 *   cognitoidp.risk       [poolId, client id or nothing]    → RiskConfiguration
 *   cognitoidp.authEvent  [poolId, user key, -time, id]     → AuthEvent    what threat protection knows of a user
 *   cognitoidp.family     [poolId, user key, origin jti]    → Family       a sign-in: what its refresh tokens may do
 *   cognitoidp.userSession [poolId, user key, session id]    → UserSession  where a user is signed in, in pools that track it
 *   cognitoidp.provisionedLimit [account, region, category]  → requests a second
 *   cognitoidp.signingKey [poolId, use]                     → SigningKey
 *   cognitoidp.retiredKey [poolId, until, kid]              → RetiredKey   signed tokens that are still out there
 *   cognitoidp.importJob  [poolId, jobId]                   → ImportJob
 *   cognitoidp.message    [account, region, -time, id]      → Message      the outbox
 *   cognitoidp.domain     [region, name]                    → Domain       where managed login and the OAuth endpoints are
 *   cognitoidp.poolDomain [poolId, kind]                    → name         the same by pool
 *   cognitoidp.resourceServer [poolId, identifier]          → ResourceServer
 *   cognitoidp.uiCustomization [poolId, clientId or ALL]    → UiCustomization
 *   cognitoidp.branding   [poolId, id]                      → Branding
 *   cognitoidp.brandingClient [poolId, clientId]            → id of its style
 *   cognitoidp.brandingAsset [poolId, id, category, mode]   → BrandingAsset
 *   cognitoidp.terms      [poolId, id]                      → Terms
 *   cognitoidp.authorizationCode [poolId, hash of the code] → AuthorizationCode
 *   cognitoidp.browserSession [poolId, hash of the cookie]  → BrowserSession   who is signed in to managed login
 *   cognitoidp.grantExpiry [poolId, expires at, kind, hash] → nothing: which of the two above may be forgotten
 *
 * A user key is the username, in lower case where the pool doesn't tell cases apart. What is secret (client secrets,
 * verifiers, signing keys, codes, messages) is sealed by the vault before it comes here.
 */
import { recordSet } from '../../store/index.ts';
import type { Assurance, Level } from './domain/assurance.ts';
import type { Client, ClientSecret, ClientSettings, TimeUnit } from './domain/client.ts';
import type { Factor } from './domain/factors.ts';
import type {
  AuthorizationCode,
  Branding,
  BrandingAsset,
  BrowserSession,
  Domain,
  DomainKind,
  ResourceServer,
  Terms,
  UiCustomization,
} from './domain/hostedRecords.ts';
import type { ImportJob, ImportStatus } from './domain/importJob.ts';
import type { LogConfiguration } from './domain/logConfiguration.ts';
import type { Message } from './domain/message.ts';
import type { Place } from './domain/place.ts';
import type { PoolSettings, SchemaAttribute } from './domain/poolSettings.ts';
import type { ProviderDetails, ProviderType } from './domain/providerDetails.ts';
import type { RetiredKey, SigningKey } from './domain/signingKey.ts';
import type { SessionConfiguration, UserSession } from './domain/userSession.ts';
import type { AuthEvent } from './risk/events.ts';
import type { RiskConfiguration } from './risk/settings.ts';

export type {
  AuthorizationCode,
  Branding,
  BrandingAsset,
  BrowserSession,
  Client,
  ClientSecret,
  ClientSettings,
  Domain,
  DomainKind,
  ImportJob,
  ImportStatus,
  LogConfiguration,
  Message,
  Place,
  ResourceServer,
  RetiredKey,
  SigningKey,
  Terms,
  TimeUnit,
  UiCustomization,
};

export interface Pool extends Place {
  id: string;
  name: string;
  /** As AWS shows them: CreateUserPool's members, defaults filled in. */
  settings: PoolSettings;
  /** Standard attributes and `custom:` ones. */
  schema: SchemaAttribute[];
  /** SetUserPoolMfaConfig's members, except MfaConfiguration, which is a setting. */
  mfa: Record<string, unknown>;
  tags: Record<string, string>;
  /** SetLogDeliveryConfiguration's. */
  logDelivery?: LogConfiguration[];
  /** SetUserPoolSessionConfiguration's. */
  sessions?: SessionConfiguration;
  /** The import job that is at work: the pool can't be changed meanwhile. */
  importing?: string;
  createdAt: number;
  modifiedAt: number;
}

export type UserStatus =
  | 'UNCONFIRMED'
  | 'CONFIRMED'
  | 'RESET_REQUIRED'
  | 'FORCE_CHANGE_PASSWORD'
  | 'EXTERNAL_PROVIDER';

export interface User {
  username: string;
  sub: string;
  status: UserStatus;
  enabled: boolean;
  /** Without `sub`. */
  attributes: Record<string, string>;
  password?: Password;
  /** Hashes of the passwords before, newest first; as many as the policy asks for. */
  passwordHistory?: Uint8Array[];
  /** Until when a temporary password works. */
  temporaryUntil?: number;
  /** Access tokens issued before it are worth nothing. */
  signedOutAt?: number;
  mfa?: UserMfa;
  createdAt: number;
  modifiedAt: number;
}

/** What a user chose of the second factors. */
export interface UserMfa {
  /** Those that are activated, in the order of activation. */
  enabled: Factor[];
  preferred?: Factor;
  /** An authenticator app was verified. */
  hasToken?: boolean;
  /** SMS was activated by SetUserSettings, whose `MFAOptions` show it. */
  bySettings?: boolean;
  /** Passkeys count as both factors. */
  passkeys?: boolean;
}

/** A device that a user confirmed. */
export interface Device {
  key: string;
  name?: string;
  /** Sealed for `cognitoidp.device/POOL/SUB/KEY`: JSON of a `Verifier`. */
  verifier: Uint8Array;
  /** Trusted: it stands for a second factor where the pool lets it. */
  remembered: boolean;
  /** From where it was last used. */
  ip: string;
  createdAt: number;
  modifiedAt: number;
  authenticatedAt: number;
}

/** A passkey. Nothing of it is secret. */
export interface WebAuthnCredential {
  id: string;
  /** COSE. */
  publicKey: Uint8Array;
  /** Of signatures, as far as the authenticator counts them. */
  counter: number;
  transports: string[];
  attachment?: 'platform' | 'cross-platform';
  /** The relying party that it is for. */
  rpId: string;
  createdAt: number;
}

export interface WebAuthnChallenge {
  challenge: string;
  /** Who began the registration, and has to complete it. */
  clientId: string;
  expiresAt: number;
}

/** The authenticator app of a user. Secrets are sealed for `cognitoidp.softwareToken/POOL/SUB`. */
export interface SoftwareToken {
  secret?: Uint8Array;
  /** The last step whose code was taken: each counts once. */
  lastStep: number;
  name?: string;
  /** Handed out, and not verified yet. */
  pending?: Uint8Array;
}

export interface Password {
  /** As the kernel's `hashPassword` makes it. */
  hash: Uint8Array;
  /** Sealed for `cognitoidp.verifier/POOL/SUB`: JSON of a `Verifier`. */
  verifier: Uint8Array;
}

/** `signUp`, `reset`, or `attribute:email`. */
export type CodePurpose = string;

export interface Code {
  /** Sealed for `cognitoidp.code/POOL/SUB`. */
  code: Uint8Array;
  /** Attribute whose address it was sent to: confirmed along with it. */
  attribute: string;
  /** That address: another one isn't confirmed by this code. */
  value: string;
  expiresAt: number;
  failures: number;
}

export interface Attempts {
  failures: number;
  lastAt: number;
  lockedUntil: number;
  /** When codes were sent. */
  codes: number[];
  /** When wrong ones came back. */
  wrongCodes?: number[];
}

export interface Group {
  poolId: string;
  name: string;
  description?: string;
  roleArn?: string;
  precedence?: number;
  createdAt: number;
  modifiedAt: number;
}

export interface Family {
  clientId: string;
  /** Of the refresh token that is valid now, and of the one before within its grace period: SHA-256. */
  token: Uint8Array;
  before?: { token: Uint8Array; until: number };
  /** Seconds. */
  authTime: number;
  expiresAt: number;
  /** Its token session, where the pool tracks them. */
  session?: string;
  /** Of its tokens. */
  wishes?: {
    scopes?: readonly string[];
    resource?: string;
    assurance?: Assurance;
    deviceKey?: string;
    eventId?: string;
  };
}

/** An identity provider by which users come in. */
export interface Provider {
  name: string;
  type: ProviderType;
  /** `ProviderDetails` without its secrets. */
  details: ProviderDetails;
  /** Those, sealed, by member. */
  secrets: Record<string, Uint8Array>;
  /** SAML: what was fetched or sent. */
  metadata?: { document: string; fetchedAt: number };
  /** The provider's claim by the pool's attribute and, of OIDC, the provider's name by the pool's level. */
  mapping: Record<string, string>;
  acrMapping?: Partial<Record<Level, string>>;
  identifiers: string[];
  createdAt: number;
  modifiedAt: number;
}

export const records = {
  pools: recordSet<[account: string, region: string, poolId: string], Pool>('cognitoidp.pool'),
  poolOwners: recordSet<[poolId: string], Place>('cognitoidp.poolOwner'),
  clients: recordSet<[poolId: string, clientId: string], Client>('cognitoidp.client'),
  clientPools: recordSet<[clientId: string], Place & { poolId: string }>('cognitoidp.clientPool'),
  users: recordSet<[poolId: string, key: string], User>('cognitoidp.user'),
  subs: recordSet<[poolId: string, sub: string], string>('cognitoidp.sub'),
  aliases: recordSet<[poolId: string, attribute: string, value: string], string>('cognitoidp.alias'),
  codes: recordSet<[poolId: string, key: string, purpose: string], Code>('cognitoidp.code'),
  providers: recordSet<[poolId: string, name: string], Provider>('cognitoidp.provider'),
  providerNames: recordSet<[poolId: string, identifier: string], string>('cognitoidp.providerName'),
  providerLinks: recordSet<[poolId: string, provider: string, attribute: string, value: string], string>(
    'cognitoidp.providerLink',
  ),
  linksOf: recordSet<[poolId: string, key: string, provider: string, attribute: string, value: string], null>(
    'cognitoidp.linkOf',
  ),
  samlKeys: recordSet<[poolId: string], { certificate: string; privateKey: Uint8Array }>(
    'cognitoidp.samlKey',
  ),
  attempts: recordSet<[poolId: string, key: string], Attempts>('cognitoidp.attempts'),
  groups: recordSet<[poolId: string, name: string], Group>('cognitoidp.group'),
  members: recordSet<[poolId: string, group: string, key: string], number>('cognitoidp.member'),
  groupsOf: recordSet<[poolId: string, key: string, group: string], number>('cognitoidp.groupOf'),
  sessions: recordSet<[poolId: string, expiresAt: number, id: string], null | { wrong: number }>(
    'cognitoidp.session',
  ),
  devices: recordSet<[poolId: string, key: string, deviceKey: string], Device>('cognitoidp.device'),
  webAuthnCredentials: recordSet<[poolId: string, key: string, credentialId: string], WebAuthnCredential>(
    'cognitoidp.webAuthnCredential',
  ),
  webAuthnChallenges: recordSet<[poolId: string, key: string], WebAuthnChallenge>(
    'cognitoidp.webAuthnChallenge',
  ),
  softwareTokens: recordSet<[poolId: string, key: string], SoftwareToken>('cognitoidp.softwareToken'),
  challenges: recordSet<[poolId: string, expiresAt: number, id: string], Uint8Array>('cognitoidp.challenge'),
  riskConfigurations: recordSet<[poolId: string, clientId: string], RiskConfiguration>('cognitoidp.risk'),
  authEvents: recordSet<[poolId: string, key: string, newestFirst: number, id: string], AuthEvent>(
    'cognitoidp.authEvent',
  ),
  families: recordSet<[poolId: string, key: string, originJti: string], Family>('cognitoidp.family'),
  userSessions: recordSet<[poolId: string, key: string, sessionId: string], UserSession>(
    'cognitoidp.userSession',
  ),
  provisionedLimits: recordSet<[account: string, region: string, category: string], number>(
    'cognitoidp.provisionedLimit',
  ),
  signingKeys: recordSet<[poolId: string, use: 'id' | 'access'], SigningKey>('cognitoidp.signingKey'),
  retiredKeys: recordSet<[poolId: string, until: number, kid: string], RetiredKey>('cognitoidp.retiredKey'),
  importJobs: recordSet<[poolId: string, jobId: string], ImportJob>('cognitoidp.importJob'),
  messages: recordSet<[account: string, region: string, newestFirst: number, id: string], Message>(
    'cognitoidp.message',
  ),
  domains: recordSet<[region: string, name: string], Domain>('cognitoidp.domain'),
  poolDomains: recordSet<[poolId: string, kind: DomainKind], string>('cognitoidp.poolDomain'),
  resourceServers: recordSet<[poolId: string, identifier: string], ResourceServer>(
    'cognitoidp.resourceServer',
  ),
  uiCustomizations: recordSet<[poolId: string, clientId: string], UiCustomization>(
    'cognitoidp.uiCustomization',
  ),
  brandings: recordSet<[poolId: string, id: string], Branding>('cognitoidp.branding'),
  brandingClients: recordSet<[poolId: string, clientId: string], string>('cognitoidp.brandingClient'),
  brandingAssets: recordSet<[poolId: string, id: string, category: string, mode: string], BrandingAsset>(
    'cognitoidp.brandingAsset',
  ),
  terms: recordSet<[poolId: string, id: string], Terms>('cognitoidp.terms'),
  authorizationCodes: recordSet<[poolId: string, hash: Uint8Array], AuthorizationCode>(
    'cognitoidp.authorizationCode',
  ),
  browserSessions: recordSet<[poolId: string, hash: Uint8Array], BrowserSession>('cognitoidp.browserSession'),
  grantExpiries: recordSet<
    [poolId: string, expiresAt: number, kind: 'code' | 'browser', hash: Uint8Array],
    null
  >('cognitoidp.grantExpiry'),
};
