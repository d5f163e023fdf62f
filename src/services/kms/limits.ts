/**
 * Bounds, each with its source:
 * [Q] https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
 * [A] the operation's page in the API reference
 */
export const limits = {
  /** [Q] Aliases per key. */
  aliasesPerKeyMax: 50,
  /** Grants of one principal on one key; ours: AWS counts those of a key ([Q] 50,000). */
  grantsPerPrincipalMax: 500,
  /** Bytes. [Q] A key policy. */
  policyBytesMax: 32 * 1024,
  /** [Q] Rotations of a key on demand. */
  rotationsOnDemandMax: 25,
  /** [A] TagResource: tags of a key. */
  tagsMax: 50,
  /** Days. [A] ScheduleKeyDeletion. */
  windowDaysMin: 7,
  windowDaysMax: 30,
  /** Days. [A] EnableKeyRotation. */
  rotationDaysMin: 90,
  rotationDaysMax: 2_560,
  rotationDaysDefault: 365,
  /** [A] ListKeys and ListKeyRotations, when the caller doesn't say. */
  keysPerPageDefault: 100,
  /** [A] ListAliases, ListGrants and ListResourceTags, when the caller doesn't say. */
  pageDefault: 50,
  /** Records read or deleted at a time; ours. */
  chunk: 500,
} as const;
