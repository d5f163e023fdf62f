/** The pages of challenges: a new password, a second factor. https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html */
import { type HttpResponse, NotImplemented } from '../../../kernel/index.ts';
import type { Route } from '../oauth/visit.ts';
import type { AuthAnswer } from '../signIn/attempt.ts';
import { forms } from './challengeForms.ts';
import { html } from './html.ts';
import { link } from './links.ts';
import { page } from './page.ts';
import { answerChallenge, told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
import { formOf, xsrfField } from './xsrf.ts';

/** What a page of a challenge must know again when its form comes back. Only its own browser can change it, to no use. */
interface Asked {
  name: string;
  session: string;
  username: string;
  parameters: Record<string, string>;
}

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
  return render(stay, asked);
}

async function render(stay: Stay, asked: Asked, error?: string): Promise<HttpResponse> {
  const { visit, request } = stay;
  const form = forms[asked.name];
  if (!form) throw new NotImplemented(`The challenge ${asked.name} of Cognito user pools in managed login`);
  const shown = await form.show(stay, asked.parameters, error !== undefined);
  return page(visit, {
    title: shown.title,
    error,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    mayLeave: true,
    ...(shown.script === undefined ? {} : { script: shown.script }),
    body: html`<form method="post" action="${link(visit, '/challenge', request)}">
${xsrfField(visit)}
<input type="hidden" name="challenge" value="${asked.name}">
<input type="hidden" name="session" value="${shown.session ?? asked.session}">
<input type="hidden" name="username" value="${asked.username}">
<input type="hidden" name="parameters" value="${JSON.stringify(shown.parameters ?? asked.parameters)}">
${shown.fields}
</form>
<p class="under"><a href="${link(visit, '/login', request)}">Start again</a></p>`,
  });
}

export const postChallenge: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  const asked: Asked = {
    name: form.get('challenge') ?? '',
    session: form.get('session') ?? '',
    username: form.get('username') ?? '',
    parameters: parametersOf(form.get('parameters')),
  };
  const spec = forms[asked.name];
  if (!spec) throw new NotImplemented(`The challenge ${asked.name} of Cognito user pools in managed login`);
  try {
    const { session = asked.session, ...responses } = await spec.read(stay, form, asked);
    return await answerChallenge(stay, asked.name, { USERNAME: asked.username, ...responses }, session);
  } catch (error) {
    return render(stay, asked, told(error));
  }
};

function parametersOf(text: string | null): Record<string, string> {
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed !== 'object' || parsed === null) return {};
    return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}
