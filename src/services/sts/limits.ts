/** Durations in seconds: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and its neighbours. */

export const assumeRoleSecondsDefault = 3_600;
/** Role chaining (a role that assumes a role) lasts an hour at most. */
export const chainedSecondsMax = 3_600;
/** MaximumSessionDuration of a role that doesn't set one. */
export const roleSecondsMax = 3_600;
export const sessionTokenSecondsDefault = 43_200;
export const federationSecondsDefault = 43_200;
/** The root user's session tokens last an hour at most. */
export const rootSecondsMax = 3_600;
/** Room for session policies and tags; an inline policy alone has 2,048 characters by its model. */
export const packedCharactersMax = 4_096;
/** Managed policies that narrow one session. */
export const sessionPolicyArnsMax = 10;
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_know: "up to 50 session tags". */
export const sessionTagsMax = 50;
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html: an assertion is taken for five minutes. */
export const samlRedeemMs = 5 * 60_000;
/** MinimumSessionTokenSize: "The value must not exceed 4,096 bytes." */
export const sessionTokenBytesMax = 4_096;
/** GetWebIdentityToken: "If not specified, the default duration is 300 seconds." */
export const webIdentitySecondsDefault = 300;
