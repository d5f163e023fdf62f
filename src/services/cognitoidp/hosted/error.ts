/** The page for errors that no app can be told. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Route, Visit } from '../oauth/visit.ts';
import { html } from './html.ts';
import { page } from './page.ts';

/** What is shown of `?error=`: these, and nothing that somebody else wrote into a link. */
const codes: Readonly<Record<string, string>> = {
  redirect_mismatch: 'The address to return to is not one that this app has registered (redirect_mismatch).',
  invalid_request: 'The request is not one that can be answered (invalid_request).',
  unauthorized_client: 'This app may not ask for that (unauthorized_client).',
};

const sentences: ReadonlySet<string> = new Set([
  'Client does not exist.',
  'Invalid relayState from identity provider',
  'Login option is not available. Please try another one',
  "Required String parameter 'SAMLResponse' is not present",
  "Required String parameter 'client_id' is not present",
  "Required String parameter 'logout_uri' is not present",
  "Required String parameter 'redirect_uri' is not present",
  'The sign-in took too long, or was begun in another browser. Please try again.',
]);

export const getError: Route = async (visit) =>
  errorPage(visit, 400, sentenceOf(visit.query.get('error') ?? ''));

function sentenceOf(error: string): string {
  if (sentences.has(error)) return error;
  return (
    (Object.hasOwn(codes, error) ? codes[error] : undefined) ??
    'An error was encountered with the requested page.'
  );
}

/** @param sentence ours, never what somebody sent. */
export function errorPage(visit: Visit, status: number, sentence: string): Promise<HttpResponse> {
  return page(visit, {
    title: 'Something went wrong',
    error: sentence,
    status,
    body: html`<p>Go back to the app you came from and try again. If it happens again, tell the people who run it.</p>`,
  });
}
