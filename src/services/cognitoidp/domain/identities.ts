/** The attribute `identities`: by which providers a user comes in. */
import type { User } from '../store.ts';

export interface Identity {
  userId: string;
  providerName: string;
  providerType: string;
  issuer: string | null;
  /** Whether the user came to be by it. */
  primary: boolean;
  /** Milliseconds since the epoch. */
  dateCreated: number;
}

export function identitiesOf({ attributes }: Pick<User, 'attributes'>): Identity[] {
  return attributes.identities === undefined ? [] : (JSON.parse(attributes.identities) as Identity[]);
}

/** @returns the attribute with one more. */
export function withIdentity(user: Pick<User, 'attributes'>, identity: Identity): string {
  return JSON.stringify([...identitiesOf(user), identity]);
}

/** As id tokens claim them: texts, but for the issuer's null. */
export function identityClaims(text: string): object[] {
  return (JSON.parse(text) as Identity[]).map(({ primary, dateCreated, ...rest }) => ({
    dateCreated: String(dateCreated),
    ...rest,
    primary: String(primary),
  }));
}
