/**
 * Bounds, each with its source:
 * [Q] https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
 * [A] the operation's page in the API reference
 * [F] https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 */
export const limits = {
  /** [Q] Identity pools per account and region. */
  poolsMax: 1_000,
  /** [Q] User pools per identity pool. */
  userPoolsPerPoolMax: 50,
  /** [A] MergeDeveloperIdentities: logins that one identity is linked to. */
  loginsPerIdentityMax: 20,
  /** [A] SetIdentityPoolRoles: rules per identity provider. */
  rulesPerProviderMax: 25,
  /** [A] TagResource: tags of a pool. */
  tagsMax: 50,
  /** Seconds. [A] GetOpenIdToken. */
  openIdTokenSeconds: 600,
  /** Seconds. [A] GetOpenIdTokenForDeveloperIdentity, when the caller doesn't say. */
  developerTokenSecondsDefault: 900,
  /** Seconds. [F] Credentials of GetCredentialsForIdentity. */
  credentialsSeconds: 3_600,
  /** Seconds that the token lives which STS is shown for them; ours, AWS's nobody sees. */
  exchangeSeconds: 300,
  /** [A] LookupDeveloperIdentity, when the caller doesn't say. */
  lookupPageDefault: 60,
  /** Mergers of identities that are followed from one that was merged; ours. */
  mergersMax: 20,
} as const;
