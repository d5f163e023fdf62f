/** The page of a challenge. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { AuthAnswer } from '../signIn/attempt.ts';
import type { Asked } from './asked.ts';
import { formOfChallenge } from './challengeForms.ts';
import { namedUser } from './fields.ts';
import { html } from './html.ts';
import { link } from './links.ts';
import { page } from './page.ts';
import type { Stay } from './stay.ts';
import { say } from './texts.ts';
import { xsrfField } from './xsrf.ts';

export function challengePage(stay: Stay, answer: AuthAnswer): Promise<HttpResponse> {
  const { ChallengeName: name = '', Session: session = '', ChallengeParameters: parameters } = answer;
  const username = parameters.USERNAME ?? parameters.USER_ID_FOR_SRP ?? '';
  const asked: Asked = {
    name,
    session,
    username,
    parameters: {
      ...parameters,
      ...(answer.AvailableChallenges
        ? { AvailableChallenges: JSON.stringify(answer.AvailableChallenges) }
        : {}),
    },
  };
  return renderChallenge(stay, asked);
}

/** What comes back with the form can be changed by its own browser only, to no use. */
export async function renderChallenge(stay: Stay, asked: Asked, error?: string): Promise<HttpResponse> {
  const { visit, request } = stay;
  const form = formOfChallenge(asked.name);
  const shown = await form.show(stay, asked, error !== undefined);
  return page(visit, {
    title: shown.title,
    graphic: shown.graphic,
    error,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    mayLeave: true,
    ...(shown.script === undefined ? {} : { script: shown.script }),
    body: html`<form method="post" action="${link(visit, '/challenge', request)}">
${xsrfField(visit)}
<input type="hidden" name="challenge" value="${asked.name}">
<input type="hidden" name="session" value="${shown.session ?? asked.session}">
${namedUser(asked.username)}
<input type="hidden" name="parameters" value="${JSON.stringify(shown.parameters ?? asked.parameters)}">
${shown.fields}
</form>
<p class="under"><a href="${link(visit, '/login', request)}">${say(visit, 'startAgain')}</a></p>`,
  });
}
