/** Answers to challenges: a new password, a second factor. https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html */
import type { Route } from '../oauth/visit.ts';
import type { Asked } from './asked.ts';
import { formOfChallenge } from './challengeForms.ts';
import { renderChallenge } from './challengePage.ts';
import { answerChallenge, told } from './signIn.ts';
import { stayOf } from './stay.ts';
import { formOf } from './xsrf.ts';

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
  const spec = formOfChallenge(asked.name);
  try {
    const { session = asked.session, ...responses } = await spec.read(stay, form, asked);
    return await answerChallenge(stay, asked.name, { USERNAME: asked.username, ...responses }, session);
  } catch (error) {
    return renderChallenge(stay, asked, told(error));
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
