/** Forms are only taken from pages of ours: a hidden field says what a cookie says, which other sites can't know. */
import { AwsError } from '../../../kernel/index.ts';
import { isSame } from '../domain/secretHash.ts';
import { cookie, type Visit } from '../oauth/visit.ts';
import { type Html, html } from './html.ts';
import { en } from './languages/en.ts';

const name = 'XSRF-TOKEN';
const tokenLength = 43;
const lastsSeconds = 24 * 60 * 60;

const tokens = new WeakMap<Visit, string>();

/** The browser's token: the one it has, or one made for this answer. */
function tokenOf(visit: Visit): string {
  const known = tokens.get(visit);
  if (known !== undefined) return known;
  const sent = visit.cookies.get(name);
  const token =
    sent !== undefined && /^[a-z0-9]{43}$/.test(sent) ? sent : visit.ctx.room.ids.token(tokenLength);
  tokens.set(visit, token);
  return token;
}

export const xsrfField = (visit: Visit): Html =>
  html`<input type="hidden" name="_csrf" value="${tokenOf(visit)}">`;

/** The `Set-Cookie` that a page with a form needs; none where the browser has its token. */
export function xsrfCookie(visit: Visit): string[] {
  const token = tokenOf(visit);
  return visit.cookies.get(name) === token ? [] : [cookie(visit, name, token, lastsSeconds)];
}

/** The fields of a form of ours. @throws AwsError 403 */
export async function formOf(visit: Visit): Promise<URLSearchParams> {
  const form = await visit.form();
  const sent = visit.cookies.get(name);
  if (!sent || !isSame(form.get('_csrf') ?? '', sent)) {
    throw new AwsError('Forbidden', en.openTooLong, { status: 403 });
  }
  return form;
}
