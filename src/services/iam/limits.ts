/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */

export const managedPolicyCharactersMax = 6_144;
/** Sum of a role's inline policies, without white space. */
export const roleInlineCharactersMax = 10_240;
export const userInlineCharactersMax = 2_048;
export const groupInlineCharactersMax = 5_120;
export const trustPolicyCharactersMax = 2_048;
/** The adjustable maximum; the default quota is 10. */
export const attachedPoliciesMax = 20;
export const policyVersionsMax = 5;
export const accessKeysPerUserMax = 2;
export const tagsMax = 50;
/** Entries in a page when MaxItems isn't given. */
export const pageDefault = 100;
