/** `brume cognito messages`: what user pools told their users, oldest first, so that the code is in the terminal. */
import { clock } from '../clock.ts';
import { control, resolveTarget, type TargetOptions } from '../target.ts';

/** How often a followed outbox is asked for more. */
const pollMs = 500;

export interface MessagesOptions extends TargetOptions {
  pool?: string;
  user?: string;
  follow?: boolean;
  json?: boolean;
}

interface Message {
  id: string;
  sentAt: string;
  poolId: string;
  username: string;
  medium: 'EMAIL' | 'SMS';
  destination: string;
  source: string;
  subject?: string;
  body: string;
  code: string;
  delivery?: string;
  problem?: string;
}

export async function messages(options: MessagesOptions): Promise<void> {
  const target = resolveTarget(options);
  const query = new URLSearchParams({
    ...(options.pool === undefined ? {} : { pool: options.pool }),
    ...(options.user === undefined ? {} : { username: options.user }),
  });
  let seen = new Set<string>();
  let isFirst = true;
  do {
    const answer = await control(target, `services/cognitoidp/messages?${query}`);
    const found = ((await answer.json()) as { messages: Message[] }).messages.reverse();
    for (const message of found.filter(({ id }) => !seen.has(id))) {
      process.stdout.write(options.json ? `${JSON.stringify(message)}\n` : shown(message));
    }
    if (isFirst && found.length === 0 && !options.follow) {
      process.stderr.write('No messages: nobody has signed up or forgotten a password lately.\n');
    }
    // What the page doesn't show any more never comes back.
    seen = new Set(found.map(({ id }) => id));
    isFirst = false;
    if (options.follow) await clock.sleep(pollMs);
  } while (options.follow);
}

/** The code first: it is what one looks for. */
function shown(message: Message): string {
  const { sentAt, poolId, username, medium, destination, source, subject, body, code } = message;
  const occasion = source.replace(/^CustomMessage_/, '');
  const state = message.delivery === undefined ? '' : ` ${message.delivery.toLowerCase()}`;
  const head = `${sentAt} ${printable(code)}  ${occasion}: ${printable(username)} of ${poolId}, ${medium.toLowerCase()} to ${printable(destination)}${state}`;
  const rest = [subject, body, message.problem].filter((part) => part !== undefined && part !== '');
  return `${head}\n${rest.map((part) => `    ${printable(part ?? '')}\n`).join('')}`;
}

/** Users choose their names: none of them moves the cursor of who reads. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]+/gu, (characters) => (characters.includes('\n') ? ' ' : ''));
