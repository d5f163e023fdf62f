/** CustomMessage: what users are told. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html */
import { InvalidLambdaResponseException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import type { Pool, User } from '../store.ts';
import { senderOf } from './customSender.ts';
import { runTrigger, unreadable } from './invoke.ts';
import { userAttributesOf, withMetadata } from './userAttributes.ts';

export interface Telling {
  user: User;
  /** `CustomMessage_SignUp` and its kin. */
  source: string;
  clientId?: string | undefined;
  clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** Templates, `{####}` and `{username}` still in them; those the function left out are the pool's. */
export interface CustomTexts {
  sms?: string;
  email?: string;
  subject?: string;
}

const codeParameter = '{####}';
const usernameParameter = '{username}';
const linkParameter = '{##Click Here##}';

/**
 * @param attribute to which address the message goes: `email` or `phone_number`.
 * @throws InvalidLambdaResponseException
 */
export async function customTexts(
  ctx: Context,
  pool: Pool,
  attribute: string,
  { user, source, clientId, clientMetadata }: Telling,
): Promise<CustomTexts> {
  // What is said is the sender's own business then.
  if (senderOf(pool, attribute) !== undefined) return {};
  const isInvitation = source === 'CustomMessage_AdminCreateUser';
  const response = await runTrigger(ctx, pool, {
    name: 'CustomMessage',
    source,
    userName: user.username,
    clientId,
    request: {
      userAttributes: userAttributesOf(pool, user),
      codeParameter,
      linkParameter,
      usernameParameter: isInvitation ? usernameParameter : null,
      ...withMetadata(clientMetadata),
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  });
  if (!response) return {};
  const needed = isInvitation ? [codeParameter, usernameParameter] : [codeParameter];
  const texts: CustomTexts = {};
  const sms = textOf(response.smsMessage, 'smsMessage', limits.smsMax);
  const email = textOf(response.emailMessage, 'emailMessage', limits.emailMax);
  const subject = textOf(response.emailSubject, 'emailSubject', limits.subjectMax);
  // Only the message that is going to be sent has to have what it is sent for.
  if (sms !== undefined) texts.sms = attribute === 'email' ? sms : holding(sms, 'smsMessage', needed);
  if (email !== undefined) {
    const isLink = byLink(pool) && /\{##[^#]*##\}/.test(email);
    texts.email = attribute === 'email' && !isLink ? holding(email, 'emailMessage', needed) : email;
  }
  if (subject !== undefined) texts.subject = subject;
  return texts;
}

/** Where addresses are verified by a link, an email may have that in place of the code. */
const byLink = ({ settings }: Pool): boolean =>
  settings.VerificationMessageTemplate.DefaultEmailOption === 'CONFIRM_WITH_LINK';

function textOf(value: unknown, member: string, max: number): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw unreadable();
  if ([...value].length > max) {
    throw new InvalidLambdaResponseException(`${member} must be no longer than ${max} characters.`);
  }
  return value;
}

function holding(text: string, member: string, needed: readonly string[]): string {
  const missing = needed.find((parameter) => !text.includes(parameter));
  if (missing === undefined) return text;
  throw new InvalidLambdaResponseException(`${member} must include ${missing}.`);
}
