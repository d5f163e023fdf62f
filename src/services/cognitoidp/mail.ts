/**
 * Messages by email, really sent where the cloud has a mail server: noted in the transaction that files the message,
 * then tried until the server takes it. A crash between sending and noting that sends it again, under the same Message-ID.
 */
import type { SendMailOptions, Transporter } from 'nodemailer';
import type { MailConfig, Platform } from '../../platform/index.ts';
import type { Store, Transaction } from '../../store/index.ts';
import type { Vault } from '../../store/vault.ts';
import { TaskAbandoned } from '../../tasks/index.ts';
import { limits } from './limits.ts';
import type { LogDelivery } from './logDelivery.ts';
import { type Content, maskedAddress, openContent } from './messages.ts';
import { type Message, type Pool, records } from './store.ts';

type Place = [account: string, region: string, newestFirst: number, id: string];

export interface Mail {
  /** Whether there is a server. */
  readonly isOn: boolean;
  /** Has a message sent, once it is filed. */
  send(tx: Transaction, place: Place): Promise<void>;
  close(): void;
}

interface Parts {
  store: Store;
  vault: Vault;
  logDelivery: LogDelivery;
}

/** As long as somebody may still be waiting for a code. */
const retry = { attemptsMax: 8, baseMs: 2_000, factor: 3, capMs: 600_000 };
const defaultSender = 'no-reply@verificationemail.com';

export function createMail(platform: Platform, { store, vault, logDelivery }: Parts): Mail {
  const { mail } = platform.config;
  let transport: Promise<Transporter> | undefined;

  const mark = (tx: Transaction, place: Place, known: Message, change: Partial<Message>) =>
    records.messages.put(tx, place, { ...known, ...change });

  const queue = platform.tasks.queue<Place>({
    name: 'cognitoidp.mail',
    retry,
    concurrency: 4,
    ageMaxMs: limits.messageMs,
    async run({ payload: place }) {
      const message = await records.messages.get(store, ...place);
      if (message?.delivery !== 'PENDING') return;
      if (!mail) throw new TaskAbandoned('This cloud has no mail server any more');
      const pool = await records.pools.get(store, place[0], place[1], message.poolId);
      transport ??= connect(mail);
      const content = openContent(vault, message);
      await (await transport).sendMail(envelope(mail, pool, message, content));
      await store.transact(async (tx) => mark(tx, place, message, { delivery: 'SENT' }));
    },
    async giveUp(tx, { payload: place }, cause) {
      const message = await records.messages.get(tx, ...place);
      if (!message) return;
      const problem = cause instanceof Error ? cause.message : String(cause);
      mark(tx, place, message, { delivery: 'FAILED', problem });
      const pool = await records.pools.get(tx, place[0], place[1], message.poolId);
      const to = maskedAddress('email', message.destination);
      if (pool) await logDelivery.notificationFailed(tx, pool, `Email to ${to} failed: ${problem}`);
    },
  });

  return {
    isOn: mail !== undefined,
    send: async (tx, place) => {
      await queue.enqueue(tx, place);
    },
    close: () => void transport?.then((one) => one.close()),
  };
}

async function connect({ url }: MailConfig): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  return createTransport({ url, pool: true, connectionTimeout: limits.mailMs, socketTimeout: limits.mailMs });
}

function envelope(
  mail: MailConfig,
  pool: Pool | undefined,
  { id, destination }: Message,
  { subject, body, html }: Content,
): SendMailOptions {
  const { From, ReplyToEmailAddress: replyTo } = (pool?.settings.EmailConfiguration ?? {}) as {
    From?: string;
    ReplyToEmailAddress?: string;
  };
  return {
    from: mail.from ?? From ?? defaultSender,
    // One address and nothing else, whatever else could be read into it.
    to: { name: '', address: destination },
    subject: subject ?? '',
    messageId: `<${id}@brume>`,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(html ? { html: body } : { text: body }),
  };
}
