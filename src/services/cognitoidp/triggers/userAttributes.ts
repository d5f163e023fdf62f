/** Users as the events of triggers show them: all values are strings. */
import type { Pool, User } from '../store.ts';
import { aliasValues } from '../users.ts';

/** @param user who exists. Aliases that are in force are told as well: `cognito:email_alias`. */
export function userAttributesOf(pool: Pool, user: User): Record<string, string> {
  const told: Record<string, string> = { sub: user.sub };
  for (const [attribute, value] of aliasValues(pool, user)) {
    if (attribute !== 'preferred_username') told[`cognito:${attribute}_alias`] = value;
  }
  return { ...told, 'cognito:user_status': user.status, ...user.attributes };
}

type Metadata = Readonly<Record<string, string>> | undefined;

/** A member of the request that is there when the caller sent something. */
export const withMetadata = (clientMetadata: Metadata) => (clientMetadata ? { clientMetadata } : {});
