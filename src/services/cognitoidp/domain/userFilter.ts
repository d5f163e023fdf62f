/** ListUsers' `Filter`: one attribute, `=` or `^=`, one value. https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html */
import { InvalidParameterException } from '../errors.ts';
import type { User } from '../store.ts';

export type UserFilter = (user: User) => boolean;

const searchable: Readonly<Record<string, (user: User) => string | undefined>> = {
  username: ({ username }) => username,
  sub: ({ sub }) => sub,
  status: ({ enabled }) => (enabled ? 'Enabled' : 'Disabled'),
  'cognito:user_status': ({ status }) => status,
};
for (const name of ['email', 'phone_number', 'name', 'given_name', 'family_name', 'preferred_username']) {
  Object.assign(searchable, { [name]: ({ attributes }: User) => attributes[name] });
}

const form = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/;

/** Attributes whose comparison tells cases apart, as the page says of them. */
const exact = new Set(['status', 'sub', 'username']);

/** An empty filter takes everybody. @throws InvalidParameterException */
export function userFilter(text: string | undefined): UserFilter {
  if (text === undefined || text.trim() === '') return () => true;
  const [, name, operator, quoted] = form.exec(text) ?? [];
  if (name === undefined || quoted === undefined) {
    throw new InvalidParameterException('Error while parsing filter.');
  }
  const read = Object.hasOwn(searchable, name) ? searchable[name] : undefined;
  if (!read) throw new InvalidParameterException(`Invalid search attribute: ${name}`);
  const fold = (value: string) => (exact.has(name) ? value : value.toLowerCase());
  const wanted = fold(quoted.replace(/\\(.)/g, '$1'));
  return (user) => {
    const value = read(user);
    if (value === undefined) return false;
    return operator === '=' ? fold(value) === wanted : fold(value).startsWith(wanted);
  };
}
