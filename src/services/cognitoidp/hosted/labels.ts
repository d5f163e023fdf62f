/** Names of attributes, and of what people sign in by. */
import type { Visit } from '../oauth/visit.ts';
import type { TextKey } from './languages/index.ts';
import type { Stay } from './stay.ts';
import { say } from './texts.ts';

/** Standard attributes; what a pool's owner defined has the name that the owner gave it. */
const known: ReadonlySet<string> = new Set<TextKey>([
  'address',
  'birthdate',
  'email',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'picture',
  'preferred_username',
  'profile',
  'updated_at',
  'website',
  'zoneinfo',
]);

/** `given_name`: Given name; `custom:team`: Team. */
export function labelOf(visit: Visit, attribute: string): string {
  if (known.has(attribute)) return say(visit, attribute as TextKey);
  const words = attribute.replace(/^custom:/, '').replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What people sign in by. */
export function nameOfUsername({ visit, door }: Stay): string {
  const { UsernameAttributes: addresses, AliasAttributes: aliases } = door.pool.settings;
  if (addresses?.includes('email') && addresses.includes('phone_number'))
    return say(visit, 'emailOrPhoneNumber');
  if (addresses?.includes('email')) return say(visit, 'email');
  if (addresses?.includes('phone_number')) return say(visit, 'phone_number');
  if (aliases?.includes('email')) return say(visit, 'usernameOrEmail');
  return say(visit, 'username');
}
