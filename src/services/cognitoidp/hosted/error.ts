/** The page for errors that no app can be told. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Route, Visit } from '../oauth/visit.ts';
import { html } from './html.ts';
import { page } from './page.ts';

/** What is shown of `?error=`: these, and nothing that somebody else wrote into a link. */
const sentences: Readonly<Record<string, string>> = {
  redirect_mismatch: 'The address to return to is not one that this app has registered (redirect_mismatch).',
  invalid_request: 'The request is not one that can be answered (invalid_request).',
  unauthorized_client: 'This app may not ask for that (unauthorized_client).',
  "Required String parameter 'client_id' is not present":
    "Required String parameter 'client_id' is not present",
  "Required String parameter 'redirect_uri' is not present":
    "Required String parameter 'redirect_uri' is not present",
  "Required String parameter 'logout_uri' is not present":
    "Required String parameter 'logout_uri' is not present",
  'Client does not exist.': 'Client does not exist.',
};

export const getError: Route = async (visit) =>
  errorPage(
    visit,
    400,
    sentences[visit.query.get('error') ?? ''] ?? 'An error was encountered with the requested page.',
  );

/** @param sentence ours, never what somebody sent. */
export function errorPage(visit: Visit, status: number, sentence: string): Promise<HttpResponse> {
  return page(visit, {
    title: 'Something went wrong',
    error: sentence,
    status,
    body: html`<p>Go back to the app you came from and try again. If it happens again, tell the people who run it.</p>`,
  });
}
