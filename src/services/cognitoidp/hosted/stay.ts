/** A page of a sign-in: the request that brought somebody here, read again on every page. */
import type { HttpResponse } from '../../../kernel/index.ts';
import { type AuthorizeRequest, readRequest } from '../oauth/request.ts';
import type { Visit } from '../oauth/visit.ts';
import type { Door } from '../room.ts';
import { hasPages } from './brand.ts';
import { html } from './html.ts';
import { en } from './languages/en.ts';
import { page } from './page.ts';
import { say } from './texts.ts';

export interface Stay {
  visit: Visit;
  door: Door;
  request: AuthorizeRequest;
}

/** @returns what is answered instead where the request isn't one, or its client has no pages. */
export async function stayOf(visit: Visit): Promise<Stay | { refusal: HttpResponse }> {
  const read = await readRequest(visit, visit.query);
  if ('refusal' in read) return read;
  if (await hasPages(visit, read.request.clientId)) return { visit, ...read };
  const refusal = await page(visit, {
    title: say(visit, 'pagesUnavailable'),
    status: 403,
    error: en.contactAdministrator,
    body: html`<p>${say(visit, 'noStyleYet')}</p>`,
  });
  return { refusal };
}
