/** Links in the place of codes. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-email-verification-message-customization.html */
import type { Context } from './room.ts';
import { type Pool, records } from './store.ts';

const byLink = new Set(['CustomMessage_SignUp', 'CustomMessage_ResendCode']);
const placeholder = /\{##([^#]*)##\}/g;
const words = 'Please click the link below to verify your email address. {##Verify Email##}';

interface Occasion {
  /** `CustomMessage_SignUp` and its kin. */
  source: string;
  attribute: string;
  username: string;
  clientId?: string | undefined;
  code: string;
}

/**
 * The email with a link that confirms whoever signed up; undefined where the pool wants a code, or has no domain that
 * the link could lead to.
 */
export async function linkEmailOf(
  ctx: Context,
  pool: Pool,
  { source, attribute, username, clientId, code }: Occasion,
  custom: { email?: string; subject?: string },
): Promise<{ subject: string; body: string; html: true } | undefined> {
  const template = pool.settings.VerificationMessageTemplate;
  const isWanted = template.DefaultEmailOption === 'CONFIRM_WITH_LINK' && attribute === 'email';
  if (!isWanted || clientId === undefined || !byLink.has(source)) return undefined;
  const base = await baseOf(ctx, pool);
  if (base === undefined) return undefined;
  const query = new URLSearchParams({ client_id: clientId, user_name: username, confirmation_code: code });
  const href = `${base}/confirmUser?${query}`.replaceAll('&', '&amp;');
  const body = custom.email ?? template.EmailMessageByLink ?? words;
  return {
    subject: custom.subject ?? template.EmailSubjectByLink ?? 'Your verification link',
    body: body.replace(placeholder, (_whole, text: string) => `<a href="${href}">${text}</a>`),
    html: true,
  };
}

/** Where the pool's domain is reached on this machine; a domain of the owner's under its own name. */
async function baseOf({ room }: Context, pool: Pool): Promise<string | undefined> {
  const [custom, prefix] = await Promise.all([
    records.poolDomains.get(room.store, pool.id, 'custom'),
    records.poolDomains.get(room.store, pool.id, 'prefix'),
  ]);
  if (custom !== undefined) return `https://${custom}`;
  return prefix === undefined ? undefined : `${room.endpoint}/_aws/auth/${pool.region}/${prefix}`;
}
