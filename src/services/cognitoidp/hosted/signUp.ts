/** The sign-up page: a name, a password, and what the pool requires to know. */
import type { HttpResponse } from '../../../kernel/index.ts';
import { InvalidParameterException } from '../errors.ts';
import type { Route } from '../oauth/visit.ts';
import { SignUp } from '../operations/signUp.ts';
import { termsOf } from './brand.ts';
import { chosenPassword, labelOf, passwordFields } from './challengeForms.ts';
import { afterConfirmation, confirmPage, namedIn, ticketFor } from './confirmUser.ts';
import { type Field, field, submit } from './fields.ts';
import { html } from './html.ts';
import { link } from './links.ts';
import { hasOwnUsers, loginPage, nameOfUsername } from './loginPage.ts';
import { page } from './page.ts';
import { told } from './signIn.ts';
import { type Stay, stayOf } from './stay.ts';
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
    return loginPage(stay, { error: 'SignUp is not permitted for this user pool' });
  }
  const terms = await termsOf(visit, request.clientId);
  return page(visit, {
    title: 'Sign up',
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
  autocomplete: 'username',
  isFirst: true,
  isWrong: error !== undefined,
})}
${asked(stay).map((name) => field({ ...formOfAttribute(name), value: sent.get(fieldOf(name)) ?? '' }))}
${passwordFields(stay, error !== undefined, { label: 'Password', isFirst: false })}
${
  terms !== undefined &&
  html`<p class="legalText-customizable">By signing up you agree to the <a href="${terms.use}">terms of use</a> and the <a href="${terms.privacy}">privacy policy</a>.</p>`
}
${submit('Sign up')}
</form>
<p class="under">Have an account? <a class="redirect-customizable" href="${link(visit, '/login', request)}">Sign in</a></p>`,
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
      Password: chosenPassword(form),
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
  throw new InvalidParameterException(
    'Usernames have 1 to 128 letters, marks, symbols, numbers or punctuation, and no spaces.',
  );
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

/** The name of an attribute's field, as on AWS. */
const fieldOf = (attribute: string): string => `${attributePrefix}${attribute}]`;

const kinds: Readonly<Record<string, Partial<Field>>> = {
  email: { type: 'email', autocomplete: 'email', inputmode: 'email' },
  phone_number: {
    type: 'tel',
    autocomplete: 'tel',
    inputmode: 'tel',
    hint: 'With the country code: +33612345678',
  },
  name: { autocomplete: 'name' },
  given_name: { autocomplete: 'given-name' },
  family_name: { autocomplete: 'family-name' },
  nickname: { autocomplete: 'nickname' },
  birthdate: { type: 'date', autocomplete: 'bday' },
  address: { autocomplete: 'street-address' },
  website: { type: 'url', autocomplete: 'url' },
};

const formOfAttribute = (name: string): Field => ({
  name: fieldOf(name),
  label: labelOf(name),
  ...kinds[name],
});

/** Whoever signs up chooses a username; aliases come later. */
function usernameLabel(stay: Stay): string {
  return stay.door.pool.settings.UsernameAttributes ? nameOfUsername(stay) : 'Username';
}
