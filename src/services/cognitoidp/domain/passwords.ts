/**
 * Passwords: the pool's policy, in Cognito's order and words, and the hash that is kept.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
 */
import { InvalidPasswordException } from '../errors.ts';

export interface PasswordPolicy {
  MinimumLength?: number;
  RequireUppercase?: boolean;
  RequireLowercase?: boolean;
  RequireNumbers?: boolean;
  RequireSymbols?: boolean;
  PasswordHistorySize?: number;
  TemporaryPasswordValidityDays?: number;
}

/** What a pool has that doesn't say: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html */
export const defaultPolicy = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  TemporaryPasswordValidityDays: 7,
} as const;

/** The characters that count as symbols; a space counts inside, neither first nor last. */
const symbols = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|(?<=\S) (?=\S)/;

/** Operations word the same complaint differently, as seen in their answers. */
const openings = {
  SignUp: 'Password did not conform with policy',
  AdminCreateUser: 'Password did not conform with password policy',
  /** AdminSetUserPassword, ChangePassword, ConfirmForgotPassword, NEW_PASSWORD_REQUIRED. */
  change: 'Password does not conform to policy',
} as const;

/** @throws InvalidPasswordException `Password did not conform with policy: …` */
export function checkPassword(
  password: string,
  policy: PasswordPolicy,
  purpose: keyof typeof openings = 'change',
): void {
  const complain = (what: string): never => {
    throw new InvalidPasswordException(`${openings[purpose]}: ${what}`);
  };
  if ([...password].length < (policy.MinimumLength ?? defaultPolicy.MinimumLength)) {
    complain('Password not long enough');
  }
  if (policy.RequireLowercase && !/[a-z]/.test(password)) {
    complain('Password must have lowercase characters');
  }
  if (policy.RequireUppercase && !/[A-Z]/.test(password)) {
    complain('Password must have uppercase characters');
  }
  if (policy.RequireNumbers && !/[0-9]/.test(password)) complain('Password must have numeric characters');
  if (policy.RequireSymbols && !symbols.test(password)) complain('Password must have symbol characters');
}
