/** The page for errors that no app can be told. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Route, Visit } from '../oauth/visit.ts';
import { type Html, html } from './html.ts';
import { en } from './languages/en.ts';
import { page } from './page.ts';
import { say } from './texts.ts';

/** What is shown of `?error=`: these, and nothing that somebody else wrote into a link. */
const codes: Readonly<Record<string, string>> = {
  redirect_mismatch: en.redirectMismatch,
  invalid_request: en.invalidRequest,
  unauthorized_client: en.unauthorizedClient,
};

const sentences: ReadonlySet<string> = new Set([
  en.clientDoesNotExist,
  en.relayState,
  en.optionNotAvailable,
  "Required String parameter 'SAMLResponse' is not present",
  "Required String parameter 'client_id' is not present",
  "Required String parameter 'logout_uri' is not present",
  "Required String parameter 'redirect_uri' is not present",
  en.signInTookTooLong,
]);

export const getError: Route = async (visit) =>
  errorPage(visit, 400, sentenceOf(visit.query.get('error') ?? ''));

function sentenceOf(error: string): string {
  if (sentences.has(error)) return error;
  return (Object.hasOwn(codes, error) ? codes[error] : undefined) ?? en.unknownError;
}

/** @param sentence in English, ours, never what somebody sent. */
export function errorPage(visit: Visit, status: number, sentence: string): Promise<HttpResponse> {
  return page(visit, {
    title: say(visit, 'somethingWentWrong'),
    error: sentence,
    status,
    clientId: clientIn(visit),
    body: html`<p>${say(visit, 'goBackToApp')}</p>
${startingAgain(visit)}`,
  });
}

/** Whose branding the page has: the client that the address speaks of, if it can be one. */
function clientIn({ query }: Visit): string | undefined {
  const client = query.get('client_id') ?? '';
  return /^[\w+]{1,128}$/.test(client) ? client : undefined;
}

/** A way on for those whose address says what they were about to do: the sign-in page looks at it as at any other. */
function startingAgain(visit: Visit): Html | undefined {
  const { query, basePath } = visit;
  if (!['client_id', 'redirect_uri', 'response_type'].every((name) => query.has(name))) return undefined;
  return html`<p class="under"><a href="${basePath}/login?${String(query)}">${say(visit, 'startAgain')}</a></p>`;
}
