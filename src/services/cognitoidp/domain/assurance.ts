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

/** What a pool calls its levels: `AcrConfiguration`. */
export type LevelNames = Partial<Record<Level, { AcrValue: string }>>;

export type Level = (typeof levels)[number];

export const levels = ['Level1', 'Level2', 'Level3', 'Level4'] as const;

/** "The effective configuration, with default names merged in for any level that you haven't customized." */
export function namesOfLevels(given: LevelNames = {}): Record<Level, { AcrValue: string }> {
  const entries = levels.map((level) => [level, { AcrValue: nameOf(level, given) }] as const);
  return Object.fromEntries(entries) as Record<Level, { AcrValue: string }>;
}

/** @param factors that were right. @returns nothing where none of them has a level. */
export function assuranceOf(factors: readonly string[], names?: LevelNames): Assurance | undefined {
  const methods = [...new Set(factors.flatMap((factor) => methodOf[factor] ?? []))];
  if (methods.length === 0) return undefined;
  return { acr: nameOf(levelOf(methods), names), amr: methods.length > 1 ? [...methods, 'mfa'] : methods };
}

/** What a provider's id token says of itself; `amr` as JSON, as attributes hold lists. */
interface ProvidersWord {
  readonly acr?: string;
  readonly amr?: string;
}

/**
 * Of who came by a provider: "a default placeholder" where it doesn't speak of levels. "When the IdP returns an ACR value
 * that isn't mapped, Amazon Cognito resolves it to the lowest level."
 * @param mapping the provider's names by level.
 */
export function federatedAssurance(
  names: LevelNames | undefined,
  { acr, amr }: ProvidersWord = {},
  mapping: Partial<Record<Level, string>> = {},
): Assurance {
  const level = levels.find((one) => acr !== undefined && mapping[one] === acr) ?? 'Level1';
  return { acr: nameOf(level, names), amr: methodsOf(amr) };
}

/** What a provider is asked for, in its own names, where an app asks for levels of the pool. */
export function askedOfProvider(
  wanted: readonly string[],
  names: LevelNames | undefined,
  mapping: Partial<Record<Level, string>> = {},
): string[] {
  return wanted.flatMap((name) => {
    const level = levels.find((one) => nameOf(one, names) === name);
    return (level && mapping[level]) ?? [];
  });
}

function methodsOf(amr: string | undefined): readonly string[] {
  const methods = listOf(amr).filter((method) => typeof method === 'string');
  return methods.length > 0 ? methods : ['fed'];
}

function listOf(json = '[]'): unknown[] {
  try {
    return [JSON.parse(json)].flat();
  } catch {
    return [];
  }
}

/** "The highest authentication level that the user's completed factors fully satisfy." */
function levelOf(methods: readonly string[]): Level {
  const has = (name: string): boolean => methods.includes(name);
  const hasCode = has('sms') || has('email_otp');
  if (has('pwd') && has('otp')) return 'Level4';
  if (has('swk') || has('hwk') || (has('pwd') && hasCode)) return 'Level3';
  return hasCode ? 'Level2' : 'Level1';
}

function nameOf(level: Level, names: LevelNames = {}): string {
  return names[level]?.AcrValue ?? `urn:cognito:loa:${level.slice(-1)}`;
}
