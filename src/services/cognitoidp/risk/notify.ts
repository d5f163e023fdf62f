/** What users are told of a risky sign-in. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-adaptive-authentication.html#user-pool-settings-adaptive-authentication-messages */

import type { Draft } from '../messages.ts';
import type { Context } from '../room.ts';
import type { Pool, User } from '../store.ts';
import type { AuthEvent } from './events.ts';
import { writeFeedbackToken } from './feedback.ts';
import type { EventAction, NotifyConfiguration, NotifyEmail } from './settings.ts';

/** As the console fills them in; the words are ours. */
const fallback: NotifyEmail = {
  Subject: 'A sign-in to your account',
  TextBody:
    'Somebody signed in as {username} at {login-time} from {ip-address} with {device-name}. Was it you?',
};

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '');

/** @returns nothing for a user without a verified email address, or a pool that doesn't say from whom mail would come. */
export function notification(
  ctx: Context,
  pool: Pool,
  user: User,
  event: AuthEvent,
  action: EventAction,
  configuration: NotifyConfiguration | undefined,
): Draft | undefined {
  const destination = user.attributes.email;
  // The token in it speaks for the user: it goes where the user is known to be.
  if (!configuration || !destination || user.attributes.email_verified !== 'true') return undefined;
  const { BlockEmail, MfaEmail, NoActionEmail } = configuration;
  const email =
    (action === 'BLOCK' ? BlockEmail : action === 'NO_ACTION' ? NoActionEmail : MfaEmail) ?? fallback;
  const isHtml = email.HtmlBody !== undefined;
  const values: Readonly<Record<string, string>> = {
    username: user.username,
    'ip-address': event.address ?? '',
    city: '',
    country: '',
    'login-time': new Date(event.at).toUTCString(),
    'device-name': event.device?.name ?? '',
    'event-id': event.id,
    'feedback-token': writeFeedbackToken(ctx.room, pool, user, event),
  };
  // A device's name is what the client says it is.
  const fill = (template: string, isMarkup: boolean): string =>
    template.replace(/\{([a-z-]+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return isMarkup ? escaped(value) : value;
    });
  return {
    user,
    attribute: 'email',
    destination,
    source: 'AccountTakeOverNotification',
    content: {
      subject: fill(email.Subject, false),
      body: fill(email.HtmlBody ?? email.TextBody ?? '', isHtml),
      ...(isHtml ? { html: true } : {}),
      code: '',
    },
  };
}
