/**
 * What the identity room asks of whoever keeps users, roles and sessions. services/iam and services/sts fill these
 * through `ServiceDefinition.identity`.
 */
import type { Principal } from './principal.ts';

export interface Credential {
  readonly secretAccessKey: string;
  readonly principal: Principal;
  /** Milliseconds since the epoch; absent for long-term keys. */
  readonly expiresAt?: number;
}

/** `undefined` means: no such key, an inactive one, or a session token that isn't this key's. */
export interface CredentialSource {
  find(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): Credential | undefined | Promise<Credential | undefined>;
}

/** A policy document with the name it is reported under: a managed policy's ARN or an inline policy's name. */
export interface NamedPolicy {
  readonly id: string;
  /** JSON text. Compiled policies are cached by this text. */
  readonly document: string;
}

export interface PrincipalPolicies {
  /** Inline and managed policies of the user (and its groups) or of the role. */
  readonly identityPolicies: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  /** There is no such user or role any more, or another has its name. */
  readonly isGone?: boolean;
}

/** Asked for users and roles only: root, services and anonymous callers have no identity policies. */
export interface PolicySource {
  policiesOf(principal: Principal): PrincipalPolicies | Promise<PrincipalPolicies>;
}

/** Whose a one-time code is, said by iam, which keeps the devices. */
export interface MfaSource {
  /**
   * Checks a code of a virtual MFA device and uses it up: the same code isn't valid twice.
   * @param serialNumber the device's ARN. @param code six digits. @param userArn whose device it must be.
   * @param now milliseconds since the epoch.
   * @returns `no-device`: there is none of that number, or it isn't this user's.
   */
  verify(
    serialNumber: string,
    code: string,
    userArn: string,
    now: number,
  ): Promise<'valid' | 'wrong-code' | 'no-device'>;
}

/** The private keys of SAML providers, which iam keeps and tells nobody: sts opens encrypted assertions with them. */
export interface SamlKeySource {
  /** @returns PKCS #8, PEM, the newest first; none when the provider has none or isn't there. */
  keysOf(providerArn: string): Promise<readonly string[]>;
}

/** Whoever remembers when keys and roles were last used. Told of every verified request: it must neither wait nor throw. */
export interface UseSink {
  /** @param service as it signs (`s3`). @param now milliseconds since the epoch. */
  saw(accessKeyId: string, principal: Principal, service: string, region: string, now: number): void;
}

/** What a role's trust policy says, for work that a service does as the role. */
export interface TrustSource {
  /** The document; undefined when there is no such role. */
  trustOf(roleArn: string): string | undefined | Promise<string | undefined>;
}

/** What a service tells the core about identities; a source that answers `undefined` leaves the question to the next. */
export interface IdentitySources {
  readonly credentials?: CredentialSource;
  readonly policies?: PolicySource;
  readonly trusts?: TrustSource;
  readonly mfa?: MfaSource;
  readonly samlKeys?: SamlKeySource;
  readonly uses?: UseSink;
}
