/** The sign-up page: a name, a password, and what the pool requires to know. */
import type { HttpResponse } from '../../../kernel/index.ts';
import { InvalidParameterException } from '../errors.ts';
import type { Route } from '../oauth/visit.ts';
import { SignUp } from '../operations/signUp.ts';
import { termsOf } from './brand.ts';
import { chosenPassword, isAboutPassword, policyHint } from './challengeForms.ts';
import { afterConfirmation, confirmPage, namedIn, ticketFor } from './confirmUser.ts';
import { type Field, field, submit } from './fields.ts';
import { type Html, html } from './html.ts';
import { labelOf, nameOfUsername } from './labels.ts';
import { en } from './languages/en.ts';
import { link } from './links.ts';
import { hasOwnUsers, loginPage } from './loginPage.ts';
import { page } from './page.ts';
import { told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
import { say, sayHtml } from './texts.ts';
import { formOf, xsrfField } from './xsrf.ts';

const attributePrefix = 'requiredAttributes[';

export const getSignUp: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  return signUpPage(stay, new URLSearchParams());
};

async function signUpPage(stay: Stay, sent: URLSearchParams, error?: string): Promise<HttpResponse> {
  const { visit, request, door } = stay;
  if (!hasOwnUsers(stay) || door.pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly) {
    return loginPage(stay, { error: en.noSignUp });
  }
  const terms = await termsOf(visit, request.clientId);
  const wrong = wrongFieldOf(stay, error);
  const state = (name: string) => ({ isWrong: wrong === name, isFirst: wrong === name });
  return page(visit, {
    title: say(visit, 'signUp'),
    error,
    status: error === undefined ? 200 : 400,
    clientId: request.clientId,
    mayLeave: true,
    body: html`<form name="cognitoSignUpForm" method="post" action="${link(visit, '/signup', request)}">
${xsrfField(visit)}
${field({
  name: 'username',
  label: usernameLabel(stay),
  value: sent.get('username') ?? '',
  ...kindOfUsername(stay),
  autocomplete: 'username',
  ...state('username'),
  ...(wrong === undefined ? { isFirst: true } : {}),
})}
${asked(stay).map((name) => field({ ...formOfAttribute(stay, name), ...state(name), value: sent.get(fieldOf(name)) ?? '' }))}
${passwordFields(stay, wrong === 'password')}
${
  terms !== undefined &&
  html`<p class="legalText-customizable">${sayHtml(visit, 'agreement', {
    terms: html`<a href="${terms.use}">${say(visit, 'termsOfUse')}</a>`,
    privacy: html`<a href="${terms.privacy}">${say(visit, 'privacyPolicy')}</a>`,
  })}</p>`
}
${submit(say(visit, 'signUp'))}
</form>
<p class="under">${say(visit, 'haveAnAccount')} <a class="redirect-customizable" href="${link(visit, '/login', request)}">${say(visit, 'signIn')}</a></p>`,
  });
}

export const postSignUp: Route = async (visit) => {
  const stay = await stayOf(visit);
  if ('refusal' in stay) return stay.refusal;
  const form = await formOf(visit);
  if (!hasOwnUsers(stay)) return signUpPage(stay, form);
  const username = (form.get('username') ?? '').trim();
  const attributes = asked(stay).flatMap((name) => {
    const Value = (form.get(fieldOf(name)) ?? '').trim();
    return Value === '' ? [] : [{ Name: name, Value }];
  });
  try {
    checkName(username);
    const { UserConfirmed, CodeDeliveryDetails: sent } = await SignUp(visit.ctx, {
      ...namedIn(stay, username),
      Password: chosenPassword(form, 'password', isManaged(stay)),
      UserAttributes: attributes,
    });
    const ticket = await ticketFor(stay, username);
    if (UserConfirmed) return await afterConfirmation(stay, username, ticket);
    return await confirmPage(stay, { username, ticket, destination: sent?.Destination });
  } catch (error) {
    return signUpPage(stay, form, told(error));
  }
};

/** What the API's model says of usernames; forms are held to it as well. @throws InvalidParameterException */
function checkName(username: string): void {
  if (/^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u.test(username)) return;
  throw new InvalidParameterException(en.wrongUsername);
}

/** Attributes that the page asks for: required ones, and addresses that the pool wants to verify. */
function asked({ door }: Stay): string[] {
  const { schema, settings } = door.pool;
  const named = new Set(settings.UsernameAttributes ?? []);
  const soleAddress = named.size === 1 ? [...named][0] : undefined;
  const wanted = new Set<string>(settings.AutoVerifiedAttributes ?? []);
  return schema
    .filter(({ Name, Required }) => Name !== 'sub' && (Required || wanted.has(Name)))
    .map(({ Name }) => Name)
    .filter((name) => name !== soleAddress && !(named.size > 1 && named.has(name) && wanted.has(name)));
}

/** Which field an error is about: where the page begins then. */
function wrongFieldOf(stay: Stay, error: string | undefined): string | undefined {
  if (error === undefined) return undefined;
  if (isAboutPassword(error)) return 'password';
  const named = asked(stay).find((name) => new RegExp(name.replace('_', '.'), 'i').test(error));
  return named ?? 'username';
}

/** Pools whose users are known by one kind of address ask for that. */
function kindOfUsername(stay: Stay): Partial<Field> {
  const [sole, ...others] = stay.door.pool.settings.UsernameAttributes ?? [];
  if (sole === undefined || others.length > 0) return {};
  return sole === 'phone_number'
    ? { ...kinds[sole], hint: say(stay.visit, 'phoneHint') }
    : { ...kinds[sole] };
}

/** The name of an attribute's field, as on AWS. */
const fieldOf = (attribute: string): string => `${attributePrefix}${attribute}]`;

const kinds: Readonly<Record<string, Partial<Field>>> = {
  email: { type: 'email', autocomplete: 'email', inputmode: 'email' },
  phone_number: {
    type: 'tel',
    autocomplete: 'tel',
    inputmode: 'tel',
  },
  name: { autocomplete: 'name', isProse: true },
  given_name: { autocomplete: 'given-name', isProse: true },
  middle_name: { autocomplete: 'additional-name', isProse: true },
  family_name: { autocomplete: 'family-name', isProse: true },
  nickname: { autocomplete: 'nickname', isProse: true },
  birthdate: { type: 'date', autocomplete: 'bday' },
  address: { autocomplete: 'street-address', isProse: true },
  gender: { autocomplete: 'sex', isProse: true },
  picture: { autocomplete: 'photo' },
  locale: { autocomplete: 'language' },
  website: { type: 'url', autocomplete: 'url' },
};

const formOfAttribute = ({ visit }: Stay, name: string): Field => ({
  name: fieldOf(name),
  label: labelOf(visit, name),
  ...(name === 'phone_number' ? { hint: say(visit, 'phoneHint') } : {}),
  ...kinds[name],
});

/** Whoever signs up chooses a username; aliases come later. */
function usernameLabel(stay: Stay): string {
  return stay.door.pool.settings.UsernameAttributes ? nameOfUsername(stay) : say(stay.visit, 'username');
}

/** The classic pages ask once, as AWS's do. */
function passwordFields(stay: Stay, isWrong: boolean): Html {
  const { visit } = stay;
  const common = { type: 'password', autocomplete: 'new-password', isWrong } as const;
  return html`${field({
    ...common,
    name: 'password',
    label: say(visit, 'password'),
    hint: policyHint(stay),
    isFirst: isWrong,
  })}${isManaged(stay) && field({ ...common, name: 'confirm_password', label: say(visit, 'passwordAgain') })}`;
}

const isManaged = ({ visit }: Stay): boolean => visit.domain.managedLoginVersion === 2;
