/** How strongly somebody signed in, and by what: `acr` and `amr` of tokens. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-step-up-authentication.html */

/** What tokens say of a sign-in; refreshed ones say the same. */
export interface Assurance {
  acr: string;
  amr: readonly string[];
}

/** Factors of a sign-in by their names in `amr`. A device that stands for a code, and a function's own challenges, have none. */
const methodOf: Readonly<Record<string, string>> = {
  PASSWORD: 'pwd',
  SOFTWARE_TOKEN_MFA: 'otp',
  SMS_MFA: 'sms',
  SMS_OTP: 'sms',
  EMAIL_MFA: 'email_otp',
  EMAIL_OTP: 'email_otp',
  WEB_AUTHN: 'hwk',
  WEB_AUTHN_PLATFORM: 'swk',
};

/** @param factors that were right. @returns nothing where none of them has a level. */
export function assuranceOf(factors: readonly string[]): Assurance | undefined {
  const methods = [...new Set(factors.flatMap((factor) => methodOf[factor] ?? []))];
  if (methods.length === 0) return undefined;
  return { acr: nameOf(levelOf(methods)), amr: methods.length > 1 ? [...methods, 'mfa'] : methods };
}

/** "A default placeholder … when a user federates through an IdP that doesn't support ACR and AMR": the lowest level. */
export const federated: Assurance = { acr: nameOf(1), amr: ['fed'] };

/** "The highest authentication level that the user's completed factors fully satisfy." */
function levelOf(methods: readonly string[]): number {
  const has = (name: string): boolean => methods.includes(name);
  const hasCode = has('sms') || has('email_otp');
  if (has('pwd') && has('otp')) return 4;
  if (has('swk') || has('hwk') || (has('pwd') && hasCode)) return 3;
  return hasCode ? 2 : 1;
}

function nameOf(level: number): string {
  return `urn:cognito:loa:${level}`;
}
