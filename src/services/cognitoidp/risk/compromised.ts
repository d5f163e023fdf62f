/** Passwords that everybody knows. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-compromised-credentials.html */
import type { PasswordEvent, RiskSettings } from './settings.ts';

/** Some 50,000 passwords of public leaks, one a line: half a megabyte, loaded when a pool first asks. */
let known: Promise<string> | undefined;

async function load(): Promise<string> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return `\n${dictionary['passwords-common'].join('\n')}\n`;
}

/** Cases don't count: the list has none. */
export async function isCompromised(password: string): Promise<boolean> {
  if (password.includes('\n')) return false;
  known ??= load();
  return (await known).includes(`\n${password.toLowerCase()}\n`);
}

/** Whether passwords of this occasion are looked up: all occasions where the settings name none. */
export function isChecked(
  { CompromisedCredentialsRiskConfiguration: wanted }: RiskSettings,
  event: PasswordEvent,
): boolean {
  return wanted !== undefined && (!wanted.EventFilter?.length || wanted.EventFilter.includes(event));
}

export const isBlocked = ({ CompromisedCredentialsRiskConfiguration: wanted }: RiskSettings): boolean =>
  wanted?.Actions.EventAction === 'BLOCK';
