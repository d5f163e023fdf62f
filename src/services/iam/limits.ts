/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */

export const managedPolicyCharactersMax = 6_144;
/** Sum of a role's inline policies, without white space. */
export const roleInlineCharactersMax = 10_240;
export const userInlineCharactersMax = 2_048;
export const groupInlineCharactersMax = 5_120;
/** The default quota, which AWS raises on request, as it does the next. */
export const trustPolicyCharactersMax = 2_048;
/** To a role, a user or a group. */
export const attachedPoliciesMax = 10;
/** Of an account as a whole: told by GetAccountSummary, not held. */
export const quotas = {
  users: 5_000,
  groups: 300,
  roles: 1_000,
  instanceProfiles: 1_000,
  policies: 1_500,
  policyVersionsInUse: 10_000,
} as const;
export const policyVersionsMax = 5;
export const accessKeysPerUserMax = 2;
export const groupsPerUserMax = 10;
export const mfaDevicesPerUserMax = 8;
/** Wrong codes of a device in a row before it has to wait: https://www.rfc-editor.org/rfc/rfc4226#section-7.3 */
export const mfaWrongCodesFree = 5;
/** After the next wrong code; twice as long after each further one. */
export const mfaWaitMs = 30_000;
export const mfaWaitMsMax = 15 * 60_000;
export const signingCertificatesPerUserMax = 2;
export const sshPublicKeysPerUserMax = 5;
/** Sets of credentials per user and service: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html */
export const credentialsPerServiceMax = 2;
export const oidcProvidersMax = 100;
export const clientIdsPerProviderMax = 100;
/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
export const thumbprintsMax = 5;
export const samlProvidersMax = 100;
/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html */
export const samlPrivateKeysMax = 2;
/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PasswordPolicy.html: the most that PasswordReusePrevention can be. */
export const passwordsRememberedMax = 24;
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html: a report counts for four hours. */
export const credentialReportMs = 4 * 60 * 60_000;
export const serverCertificatesMax = 20;
export const tagsMax = 50;
/** Entries in a page when MaxItems isn't given. */
export const pageDefault = 100;
