/** What a web identity token says, in the words of AWS: condition keys, session tags, source identity. */
import type { FederationKeys } from '../../../platform/index.ts';
import { ExpiredTokenException, InvalidIdentityToken } from '../errors.ts';
import type { AskedTags } from './sessionTags.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp */
const tagsClaim = 'https://aws.amazon.com/tags';
const sourceIdentityClaim = 'https://aws.amazon.com/source_identity';

/**
 * Which claims are condition keys, for every provider.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
const claimsOfAll = ['amr', 'email', 'sub'] as const;
/** Providers whose further claims are condition keys too. */
const claimsOf: Readonly<Record<string, readonly string[]>> = {
  'accounts.google.com': ['google/organization_number', 'hd'],
  'token.actions.githubusercontent.com': [
    'actor',
    'actor_id',
    'enterprise_id',
    'environment',
    'job_workflow_ref',
    'ref',
    'repository',
    'repository_id',
    'repository_owner_id',
    'repository_visibility',
    'workflow',
  ],
};

/** Who may be meant by a token: `azp` where there is one, else `aud`, which may be several. */
export function audiencesOf({ aud, azp }: Claims): readonly string[] {
  if (typeof azp === 'string') return [azp];
  return (Array.isArray(aud) ? aud : [aud]).filter((one): one is string => typeof one === 'string');
}

/** @param host the issuer without its scheme, by which its keys are named: `token.example.com/path`. */
export function webIdentityKeys(host: string, claims: Claims): FederationKeys {
  const keys: Record<string, string | readonly string[]> = {};
  const put = (name: string, value: unknown) => {
    const said = keyValue(value);
    if (said !== undefined) keys[`${host}:${name}`.toLowerCase()] = said;
  };
  const audiences = audiencesOf(claims);
  put('aud', audiences.length === 1 ? audiences[0] : audiences);
  // "Other audience": the token's aud where its azp is the audience.
  if (typeof claims.azp === 'string') put('oaud', claims.aud);
  for (const name of [...claimsOfAll, ...(claimsOf[host] ?? [])]) put(name, claims[name]);
  return keys;
}

function keyValue(value: unknown): string | readonly string[] | undefined {
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** Tags in the nested form, or in the flattened one, where the parts of the path are joined by slashes. */
export function tagsOfClaims(claims: Claims): AskedTags {
  const tags: { Key: string; Value: string }[] = [];
  const nested = objectOf(claims[tagsClaim]);
  for (const [key, value] of Object.entries(objectOf(nested.principal_tags))) tags.push(tagOf(key, value));
  const prefix = `${tagsClaim}/principal_tags/`;
  for (const [name, value] of Object.entries(claims)) {
    if (name.startsWith(prefix)) tags.push(tagOf(name.slice(prefix.length), value));
  }
  const transitive = nested.transitive_tag_keys ?? claims[`${tagsClaim}/transitive_tag_keys`] ?? [];
  return { tags, transitiveKeys: (Array.isArray(transitive) ? transitive : [transitive]).map(String) };
}

/** A tag has one value, in a list of one. */
function tagOf(Key: string, value: unknown): { Key: string; Value: string } {
  const [only, ...more] = Array.isArray(value) ? value : [value];
  if (typeof only !== 'string' || more.length > 0) {
    throw new InvalidIdentityToken(`The tag ${Key} in the token must have exactly one value`);
  }
  return { Key, Value: only };
}

export function sourceIdentityOfClaims(claims: Claims): string | undefined {
  const value = claims[sourceIdentityClaim];
  const only = Array.isArray(value) ? value[0] : value;
  if (only === undefined) return undefined;
  // As the model has SourceIdentity; it becomes a condition key.
  if (typeof only !== 'string' || !/^[\w+=,.@-]{2,64}$/.test(only)) {
    throw new InvalidIdentityToken('The source identity in the token is not valid');
  }
  return only;
}

/** Tokens that a provider's clock dates a little ahead are taken. */
const skewSeconds = 300;

/** @param now milliseconds. @throws ExpiredTokenException or InvalidIdentityToken when the token isn't to be used at `now`. */
export function checkTimes({ exp, nbf, iat }: Claims, now: number): void {
  const seconds = Math.floor(now / 1_000);
  for (const [name, value] of Object.entries({ exp, iat })) {
    if (typeof value !== 'number') throw new InvalidIdentityToken(`Missing a required claim: ${name}`);
  }
  if ((exp as number) <= seconds) {
    throw new ExpiredTokenException(
      `Token expired: current date/time ${seconds} must be before the expiration date/time ${exp}`,
    );
  }
  const earliest = Math.max(iat as number, typeof nbf === 'number' ? nbf : 0);
  if (earliest > seconds + skewSeconds) {
    throw new InvalidIdentityToken(
      `Token is not yet valid: current date/time ${seconds} must be after ${earliest}`,
    );
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
