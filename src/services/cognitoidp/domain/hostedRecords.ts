/** What is kept of domains, login pages and their OAuth endpoints. */
import type { Assurance } from './assurance.ts';
import type { Settings } from './branding.ts';
import type { Place } from './place.ts';

export interface Domain extends Place {
  /** A prefix (`shop`), or a domain name of the owner's (`auth.example.com`). */
  name: string;
  poolId: string;
  /** Of custom domains. */
  certificateArn?: string;
  /** 1: classic hosted UI; 2: managed login with its branding. */
  managedLoginVersion: number;
  createdAt: number;
}

export type DomainKind = 'prefix' | 'custom';

export interface ResourceServer {
  identifier: string;
  name: string;
  scopes: { ScopeName: string; ScopeDescription: string }[];
}

/** Of the classic hosted UI. */
export interface UiCustomization {
  /** `ALL`: every client that has none of its own. */
  clientId: string;
  css?: string;
  image?: { type: string; bytes: Uint8Array };
  createdAt: number;
  modifiedAt: number;
}

/** A style of managed login. */
export interface Branding {
  id: string;
  clientId: string;
  /** UseCognitoProvidedValues. */
  isDefault: boolean;
  settings: Settings;
  createdAt: number;
  modifiedAt: number;
}

export interface BrandingAsset {
  /** `PNG`, as AWS names it. */
  extension: string;
  bytes?: Uint8Array;
  resourceId?: string;
}

/** Links to a document of a client's, by language. */
export interface Terms {
  id: string;
  clientId: string;
  /** `terms-of-use` or `privacy-policy`. */
  name: string;
  links: Record<string, string>;
  createdAt: number;
  modifiedAt: number;
}

/** What a code of the authorization endpoint stands for, and what it is bound to. */
export interface AuthorizationCode {
  expiresAt: number;
  clientId: string;
  redirectUri: string;
  /** PKCE, S256. */
  challenge?: string;
  scopes: readonly string[];
  /** RFC 8707. */
  resource?: string;
  assurance?: Assurance;
  nonce?: string;
  /** The user's key and `sub`. */
  key: string;
  sub: string;
  /** When the user signed in, in seconds. */
  authTime: number;
  deviceKey?: string;
  /** The browser's SSO session, where the pool tracks them. */
  sso?: string;
  /** Once it was used: the family of tokens that came of it, which a second use ends. */
  originJti?: string;
}

/** A browser that is signed in to a pool's managed login: "valid for one hour", longer where a client's sessions are. */
export interface BrowserSession {
  expiresAt: number;
  key: string;
  sub: string;
  /** Seconds. */
  authTime: number;
  /** By what the user was let in. */
  assurance?: Assurance;
  deviceKey?: string;
  /** When; an hour before it expires when absent. */
  beganAt?: number;
  /** Its SSO session, where the pool tracks them. */
  sso?: string;
  /** The identity provider by which the user came in; absent for users of the pool itself. */
  provider?: string;
}
