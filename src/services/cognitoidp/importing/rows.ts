/** Rows of an import's file. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html */
import { AwsError } from '../../../kernel/index.ts';
import { type Attributes, checkAttributes } from '../domain/attributes.ts';
import type { Pool } from '../store.ts';

const standard = [
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile'],
  ...['picture', 'website', 'email', 'email_verified', 'gender', 'birthdate', 'zoneinfo', 'locale'],
  ...['phone_number', 'phone_number_verified', 'address', 'updated_at'],
];
const usernameColumn = 'cognito:username';
const mfaColumn = 'cognito:mfa_enabled';

/** The columns of a pool's file, as GetCSVHeader lists them. */
export function columnsOf({ schema }: Pool): string[] {
  const custom = schema.map(({ Name }) => Name).filter((name) => /^(dev:)?custom:/.test(name));
  return [...standard, ...custom, mfaColumn, usernameColumn];
}

/** @returns what is wrong with the first row of a file; the order of its columns is free. */
export function headerProblem(pool: Pool, header: readonly string[]): string | undefined {
  const wanted = new Set(columnsOf(pool));
  if (new Set(header).size < header.length) return 'The CSV file names a column twice.';
  const missing = [...wanted].filter((name) => !header.includes(name));
  const unknown = header.filter((name) => !wanted.has(name));
  if (missing.length === 0 && unknown.length === 0) return undefined;
  return 'The header of the CSV file does not match the attributes of the user pool.';
}

export interface ImportedUser {
  name: string;
  attributes: Attributes;
  /** Codes by SMS are the second factor. */
  mfa: boolean;
}

/** @returns the user of a row, or why it can't be imported. Values aren't told: they would stand in a log. */
export function userOfRow(
  pool: Pool,
  header: readonly string[],
  row: readonly string[],
): ImportedUser | { problem: string } {
  if (row.length !== header.length)
    return { problem: 'The row does not have as many columns as the header.' };
  const values = new Map(header.map((column, index) => [column, row[index]?.trim() ?? '']));
  const name = values.get(usernameColumn) ?? '';
  if (name === '' || name.length > 128) return { problem: 'The row does not have a valid cognito:username.' };
  const mfa = flagOf(values.get(mfaColumn));
  if (mfa === undefined) return { problem: 'cognito:mfa_enabled must be true or false.' };
  const { MfaConfiguration, AutoVerifiedAttributes: verified = [] } = pool.settings;
  if ((MfaConfiguration === 'ON' && mfa === 'false') || (MfaConfiguration === 'OFF' && mfa === 'true')) {
    return { problem: 'cognito:mfa_enabled does not fit the MFA configuration of the user pool.' };
  }
  const attributes: Attributes = {};
  for (const [column, value] of values) {
    if (value !== '' && column !== usernameColumn && column !== mfaColumn) attributes[column] = value;
  }
  for (const mark of ['email_verified', 'phone_number_verified']) {
    const flag = flagOf(attributes[mark] ?? 'false');
    if (flag === undefined) return { problem: `${mark} must be true or false.` };
    if (attributes[mark] !== undefined) attributes[mark] = flag;
    if (flag === 'true' && !attributes[mark.replace('_verified', '')]) {
      return { problem: `The User Record sets ${mark} to true without the attribute itself.` };
    }
  }
  if (!verified.some((attribute) => attributes[`${attribute}_verified`] === 'true')) {
    return {
      problem:
        'The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).',
    };
  }
  try {
    checkAttributes(attributes, { pool });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { problem: 'The user data does not match the schema of the user pool.' };
  }
  return { name, attributes, mfa: mfa === 'true' };
}

/** Any case, as spreadsheets write them; nothing is `false`. */
function flagOf(text: string | undefined): 'true' | 'false' | undefined {
  const folded = (text || 'false').toLowerCase();
  return folded === 'true' || folded === 'false' ? folded : undefined;
}
