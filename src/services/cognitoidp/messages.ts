/** What users are told by email and SMS: messages go to the outbox, which the control plane shows, and on by mail where the cloud has a server for it. */
import type { Transaction } from '../../store/index.ts';
import type { Vault } from '../../store/vault.ts';
import { limits } from './limits.ts';
import { type CognitoRoom, type Context, poolArn } from './room.ts';
import { type Message, type Pool, records, type User } from './store.ts';
import type { SenderEvent } from './triggers/customSender.ts';

export interface Draft {
  user: Pick<User, 'username'>;
  attribute: string;
  destination: string;
  source: string;
  content: Content;
  /** A function of the pool's owner that sends it: then Cognito doesn't. */
  sender?: SenderEvent | undefined;
}

export interface Content {
  subject?: string;
  body: string;
  /** The body is HTML. */
  html?: boolean;
  code: string;
}

const purpose = (id: string) => `cognitoidp.message/${id}`;

/** Files a message together with what caused it. */
export async function post(tx: Transaction, { room, now }: Context, pool: Pool, draft: Draft): Promise<void> {
  const { account, region } = pool;
  if (draft.sender) {
    const { functionArn: targetArn, event } = draft.sender;
    const as = { service: 'cognito-idp.amazonaws.com', sourceArn: poolArn(pool) };
    await room.deliveries.send(tx, { targetArn, event, as, account, region });
    return;
  }
  const id = room.ids.uuid();
  const message: Message = {
    id,
    sentAt: now,
    poolId: pool.id,
    username: draft.user.username,
    medium: draft.attribute === 'phone_number' ? 'SMS' : 'EMAIL',
    destination: draft.destination,
    source: draft.source,
    content: room.vault.seal(purpose(id), JSON.stringify(draft.content)),
  };
  const place: [string, string, number, string] = [account, region, -now, id];
  const isSent = room.mail.isOn && message.medium === 'EMAIL';
  records.messages.put(tx, place, isSent ? { ...message, delivery: 'PENDING' } : message);
  if (isSent) await room.mail.send(tx, place);
  const old = await records.messages.values(tx, {
    under: [account, region],
    gt: [account, region, limits.messageMs - now],
    limit: 20,
  });
  for (const { sentAt, id: oldId } of old) records.messages.delete(tx, account, region, -sentAt, oldId);
}

/** The page `messages`: newest first, those of one pool or one user when asked for. */
export async function messagesPage(room: CognitoRoom, query: URLSearchParams): Promise<unknown> {
  const [poolId, username] = [query.get('pool'), query.get('username')];
  const place = poolId ? await records.poolOwners.get(room.store, poolId) : undefined;
  const found = await records.messages.values(room.store, {
    under: place ? [place.account, place.region] : [],
    limit: limits.messagesShownMax,
  });
  return {
    messages: found
      .filter((one) => (!poolId || one.poolId === poolId) && (!username || one.username === username))
      .map(({ content, sentAt, ...message }) => ({
        ...message,
        sentAt: new Date(sentAt).toISOString(),
        ...openContent(room.vault, { id: message.id, content }),
      })),
  };
}

export function openContent(vault: Vault, { id, content }: Pick<Message, 'id' | 'content'>): Content {
  return JSON.parse(vault.open(purpose(id), content).toString()) as Content;
}

/** `j***@e***` and `+*******1234`, as CodeDeliveryDetails shows addresses. */
export function maskedAddress(attribute: string, value: string): string {
  if (attribute === 'phone_number') return `+${'*'.repeat(Math.max(0, value.length - 5))}${value.slice(-4)}`;
  const [local = '', domain = ''] = value.split('@');
  return `${local.slice(0, 1)}***@${domain.slice(0, 1)}***`;
}

const markup = /<[a-z!/][^>]*>/i;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** An email of its templates. In one that is HTML names stay text: whoever signs up chooses theirs. */
export function emailOf(subject: string, body: string, values: Readonly<Record<string, string>>) {
  const html = markup.test(body);
  const safe = html
    ? Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          value.replace(/[&<>"]/g, (character) => entities[character] ?? character),
        ]),
      )
    : values;
  return { subject: filled(subject, values), body: filled(body, safe), ...(html ? { html } : {}) };
}

/** A template with its placeholders filled in. */
export const filled = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\{(####|username)\}/g, (_whole, name: string) => values[name] ?? '');
