/**
 * Bounds, each with its source:
 * [Q] https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
 * [A] the operation's page in the API reference
 * [S] https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
 * [C] https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
 */
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const limits = {
  /** [Q] User pools per account and region. */
  poolsMax: 1_000,
  /** [Q] App clients per user pool. */
  clientsPerPoolMax: 1_000,
  /** https://docs.aws.amazon.com/cognito/latest/developerguide/tagging.html Tags of a user pool. */
  tagsMax: 50,
  /** [A] AddUserPoolClientSecret: secrets that an app client has at once. */
  secretsPerClientMax: 2,
  /** https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html Regions of SES that mail may be sent from, wherever the pool is, besides its own. */
  sesRegions: ['eu-west-1', 'us-east-1', 'us-west-2'] as readonly string[],
  /** [Q] Custom attributes per user pool. */
  customAttributesMax: 50,
  /** [Q] Characters of a custom attribute's name, without `custom:`. */
  customNameMax: 20,
  /** [Q] Characters of an attribute's value. */
  attributeValueMax: 2_048,
  /** [Q] Groups per user pool, and groups a user may be in. */
  groupsPerPoolMax: 10_000,
  groupsPerUserMax: 100,
  /** [Q] Identity providers per user pool, and identities linked to a user. */
  providersMax: 300,
  linkedIdentitiesMax: 5,
  /** [A] ListUsers, ListUserPools, ListUserPoolClients, ListGroups, ListUsersInGroup: also the default. */
  pageMax: 60,
  /** Milliseconds. [C] Confirmation codes of sign-up and of attributes. */
  confirmationCodeMs: 24 * hourMs,
  /** Milliseconds. [A] ForgotPassword's codes. */
  resetCodeMs: hourMs,
  /** [Q] Passkeys of a user. */
  passkeysPerUserMax: 20,
  /** Milliseconds that a passkey's ceremony may take: the timeout that its options name; ours. */
  passkeyMs: 5 * minuteMs,
  /** Milliseconds from MFA_SETUP to its answer, however many sessions that takes: the longest AuthSessionValidity; ours. */
  setupMs: 15 * minuteMs,
  /** Wrong codes before the code is worth nothing; ours, AWS doesn't say. */
  codeAttemptsMax: 5,
  /** [Q] Messages with codes to one user within an hour: between 5 and 20. */
  codesPerHourMax: 20,
  /** [Q] Wrong confirmation codes of a user within an hour, whatever they are for: between 5 and 20. */
  wrongCodesPerHourMax: 20,
  codesWindowMs: hourMs,
  /** [S] Wrong passwords before each further one locks the user, for twice as long each time. */
  freeAttempts: 5,
  lockMs: 1_000,
  lockMsMax: 15 * minuteMs,
  /** Days. [A] TemporaryPasswordValidityDays, when the pool doesn't say. */
  temporaryPasswordDays: 7,
  /** Minutes. [A] AuthSessionValidity. */
  sessionMinutesDefault: 3,
  /** [A] RefreshTokenValidity in days, the others in hours, when the client doesn't say. */
  refreshDaysDefault: 30,
  accessHoursDefault: 1,
  /** Milliseconds. [A] RefreshTokenValidity, AccessTokenValidity, IdTokenValidity: shortest and longest. */
  refreshMsMin: hourMs,
  refreshMsMax: 3_650 * dayMs,
  tokenMsMin: 5 * minuteMs,
  tokenMsMax: dayMs,
  /** Bytes. [A] CreateManagedLoginBranding: "This operation has a 2-megabyte request-size limit"; images of one style. */
  brandingBytesMax: 2 * 1024 * 1024,
  brandingAssetsMax: 40,
  /** Terms of a pool that are looked through: two for each client. */
  termsMax: 2_000,
  /** [Q] Resource servers per user pool; [A] ListResourceServers: also the default. */
  resourceServersMax: 25,
  resourceServersPageMax: 50,
  /** Milliseconds. https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html "valid for five minutes". */
  authorizationCodeMs: 5 * minuteMs,
  /** Milliseconds. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html The cookie `cognito`. */
  browserSessionMs: hourMs,
  /** [A] SetUserPoolSessionConfiguration, ListUserSessions: a page holds all sessions of a user, 125, of which 100 may be token sessions; the rest is left to SSO sessions. */
  userSessionsMax: 125,
  ssoSessionsMax: 25,
  /** Bytes of a form posted to managed login or to an OAuth endpoint; ours. SAML assertions are the largest. */
  formBytesMax: 512 * 1024,
  /** Milliseconds that replaced keys count beyond the longest token; ours, for clocks that differ. */
  rotationMarginMs: 5 * minuteMs,
  /** [Q] User import jobs per user pool, and bytes and rows of a file. */
  importJobsMax: 1_000,
  importBytesMax: 100 * 1024 * 1024,
  importRowsMax: 500_000,
  /** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html Characters of a row; how long the address of the upload works; when a job expires that wasn't started. Milliseconds. */
  importRowMax: 16_000,
  importUploadMs: 15 * minuteMs,
  importStartMs: dayMs,
  /** Rows of a transaction; ours. */
  importBatch: 50,
  /** Milliseconds that a mail server may take; ours. */
  mailMs: 30_000,
  /** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html "must respond within 5 seconds … after three unsuccessful attempts". Milliseconds. */
  triggerMs: 5_000,
  triggerAttempts: 3,
  /** Events of a user that threat protection keeps; ours. AWS keeps two years. */
  authEventsMax: 100,
  /** Challenges of one CUSTOM_AUTH; ours. */
  customChallengesMax: 50,
  /** https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html Characters of what a function makes of messages; [A] CreateUserPool for subjects. */
  smsMax: 140,
  emailMax: 20_000,
  subjectMax: 140,
  /** Days that a message stays in the outbox, and messages that its page shows; ours. */
  messageMs: 7 * dayMs,
  messagesShownMax: 200,
} as const;
