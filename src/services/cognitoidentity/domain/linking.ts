/**
 * Whose identity some logins are: linking and merging, decided without a store.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 */
import { NotAuthorizedException, ResourceConflictException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Identity, LinkedLogin } from '../store.ts';

export interface Presented {
  /** All verified, at least one. */
  readonly logins: readonly LinkedLogin[];
  /** Who owns each of them; undefined where nobody does. Same order. */
  readonly owners: readonly (Identity | undefined)[];
  /** The identity that the caller says it is. */
  readonly given: Identity | undefined;
  /** What a stranger becomes. */
  readonly fresh: Identity;
  /** Its users may be several in one identity; of any other provider an identity has one login. */
  readonly developerProvider: string | undefined;
  readonly now: number;
}

export interface Linking {
  /** As it is afterwards. */
  readonly identity: Identity;
  /** Identities that gave it their logins, disabled. */
  readonly merged: readonly Identity[];
  readonly changed: boolean;
}

/** @throws NotAuthorizedException, ResourceConflictException */
export function link({ logins, owners, given, fresh, developerProvider, now }: Presented): Linking {
  const known = distinct(owners);
  const parent = given ? parentOf(given, known) : (oldest(known) ?? fresh);
  const gone = [...known, ...(given ? [given] : [])].filter(
    ({ id }, index, all) => id !== parent.id && all.findIndex((one) => one.id === id) === index,
  );
  const linked = union([parent.logins, ...gone.map((identity) => identity.logins), logins]);
  checkLogins(linked, developerProvider);
  const changed = parent === fresh || gone.length > 0 || linked.length !== parent.logins.length;
  return {
    identity: changed ? { ...parent, logins: linked, authenticated: true, modifiedAt: now } : parent,
    merged: gone.map((identity) => ({ ...identity, logins: [], mergedInto: parent.id, modifiedAt: now })),
    changed,
  };
}

/** @throws ResourceConflictException */
export function mergeInto(
  parent: Identity,
  source: Identity,
  developerProvider: string | undefined,
  now: number,
): Linking {
  const linked = union([parent.logins, source.logins]);
  checkLogins(linked, developerProvider);
  return {
    identity: { ...parent, logins: linked, modifiedAt: now },
    merged: [{ ...source, logins: [], mergedInto: parent.id, modifiedAt: now }],
    changed: true,
  };
}

/** One that shows a login of its own stays; a guest becomes whoever logged in. @throws NotAuthorizedException */
function parentOf(given: Identity, owners: readonly Identity[]): Identity {
  if (owners.some(({ id }) => id === given.id)) return given;
  if (given.authenticated) throw loginsDontMatch();
  return oldest(owners) ?? given;
}

function checkLogins(logins: readonly LinkedLogin[], developerProvider: string | undefined): void {
  const providers = logins.map(({ provider }) => provider).filter((name) => name !== developerProvider);
  if (new Set(providers).size < providers.length) {
    throw new ResourceConflictException(
      "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    );
  }
  if (logins.length > limits.loginsPerIdentityMax) {
    throw new ResourceConflictException(
      `The number of linked logins must not exceed ${limits.loginsPerIdentityMax}.`,
    );
  }
}

export const loginsDontMatch = () =>
  new NotAuthorizedException(
    "Logins don't match. Please include at least one valid login for this identity or identity pool.",
  );

function distinct(identities: readonly (Identity | undefined)[]): Identity[] {
  const byId = new Map<string, Identity>();
  for (const identity of identities) if (identity) byId.set(identity.id, identity);
  return [...byId.values()];
}

function oldest(identities: readonly Identity[]): Identity | undefined {
  return [...identities].sort((one, other) => one.createdAt - other.createdAt)[0];
}

function union(lists: readonly (readonly LinkedLogin[])[]): LinkedLogin[] {
  const all = new Map<string, LinkedLogin>();
  for (const { provider, subject } of lists.flat()) {
    all.set(JSON.stringify([provider, subject]), { provider, subject });
  }
  return [...all.values()];
}
