/** Claims as principal tags. https://docs.aws.amazon.com/cognito/latest/developerguide/attributes-for-access-control.html */
import type { VerifiedLogin } from '../logins/verified.ts';
import type { TagMap } from '../store.ts';
import { texts } from './roles.ts';

/** https://docs.aws.amazon.com/cognito/latest/developerguide/provider-mappings.html */
const defaults: Readonly<Record<string, string>> = { client: 'aud', username: 'sub' };
const samlClaims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const samlDefaults: Readonly<Record<string, string>> = {
  client: `${samlClaims}/nameidentifier`,
  username: `${samlClaims}/name`,
};

/** [STS](https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html): characters of a tag's value. */
const valueMax = 256;

/** The tags that a login gives a session; a claim that the token lacks gives none. */
export function tagsOf(map: TagMap | undefined, { kind, claims }: VerifiedLogin): Record<string, string> {
  if (!map) return {};
  const names = map.useDefaults ? (kind === 'saml' ? samlDefaults : defaults) : map.principalTags;
  const tags: Record<string, string> = {};
  for (const [key, claim] of Object.entries(names)) {
    const value = Object.hasOwn(claims, claim) ? texts(claims[claim]).join(',') : '';
    if (value !== '' && value.length <= valueMax) tags[key] = value;
  }
  return tags;
}
