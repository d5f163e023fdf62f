/**
 * Passwords of users: what an account asks of them, and the hash that is kept.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
 */
import { isPassword } from '../../../kernel/index.ts';
import { PasswordPolicyViolation } from '../errors.ts';

export interface PasswordPolicy {
  MinimumPasswordLength?: number;
  RequireSymbols?: boolean;
  RequireNumbers?: boolean;
  RequireUppercaseCharacters?: boolean;
  RequireLowercaseCharacters?: boolean;
  AllowUsersToChangePassword?: boolean;
  MaxPasswordAge?: number;
  PasswordReusePrevention?: number;
}

const symbols = /[!@#$%^&*()_+\-=[\]{}|']/;

const words = {
  uppercase: 'uppercase letter',
  lowercase: 'lowercase letter',
  number: 'number',
  symbol: 'symbol',
} as const;

/** What an account asks that has no policy of its own: eight characters, of three kinds. */
const defaultLength = 8;
const defaultKinds = 3;

/** @param policy the account's own; absent: AWS's default. @throws PasswordPolicyViolation */
export function checkPassword(password: string, policy: PasswordPolicy | undefined): void {
  const kinds = {
    uppercase: /[A-Z]/.test(password),
    lowercase: /[a-z]/.test(password),
    number: /[0-9]/.test(password),
    symbol: symbols.test(password),
  };
  const length = policy?.MinimumPasswordLength ?? defaultLength;
  if (password.length < length) refuse(`Password should have a minimum length of ${length}`);
  if (!policy) {
    const missing = Object.entries(words).flatMap(([kind, word]) =>
      kinds[kind as keyof typeof kinds] ? [] : [`Password should have at least one ${word}`],
    );
    const more = missing.length - (Object.keys(words).length - defaultKinds);
    if (more > 0)
      refuse(`Password should meet ${more} more of the following requirements: ${missing.join(', ')}`);
    return;
  }
  const asked = {
    uppercase: policy.RequireUppercaseCharacters,
    lowercase: policy.RequireLowercaseCharacters,
    number: policy.RequireNumbers,
    symbol: policy.RequireSymbols,
  };
  for (const kind of ['uppercase', 'lowercase', 'number', 'symbol'] as const)
    if (asked[kind] && !kinds[kind]) refuse(`Password should have at least one ${words[kind]}`);
}

function refuse(message: string): never {
  throw new PasswordPolicyViolation(message);
}

/** "Users cannot reuse" so many of their last passwords. @throws PasswordPolicyViolation */
export async function checkReuse(
  password: string,
  former: readonly Uint8Array[],
  policy: PasswordPolicy | undefined,
): Promise<void> {
  const forbidden = former.slice(0, policy?.PasswordReusePrevention ?? 0);
  const same = await Promise.all(forbidden.map((hash) => isPassword(password, hash)));
  if (same.includes(true)) refuse('Password has been used previously and cannot be reused');
}

/** When a password has to be changed, in milliseconds since the epoch; undefined when it never has to. */
export function expiryOf(changedAt: number, policy: PasswordPolicy | undefined): number | undefined {
  const days = policy?.MaxPasswordAge;
  return days ? changedAt + days * 24 * 60 * 60_000 : undefined;
}
