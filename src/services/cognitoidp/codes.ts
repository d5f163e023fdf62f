/** Confirmation codes: made, sent to the outbox, compared. https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html */
import type { Transaction } from '../../store/index.ts';
import { linkEmailOf } from './confirmationLinks.ts';
import { isSame } from './domain/secretHash.ts';
import { CodeMismatchException, ExpiredCodeException, LimitExceededException } from './errors.ts';
import { limits } from './limits.ts';
import { type Content, emailOf, filled, maskedAddress, post } from './messages.ts';
import type { Context } from './room.ts';
import { type Attempts, type CodePurpose, type Pool, records, type User } from './store.ts';
import { type CustomTexts, customTexts } from './triggers/customMessage.ts';
import { type SenderEvent, senderEvent } from './triggers/customSender.ts';
import { userKey } from './users.ts';

const digits = '0123456789';
const codeLength = 6;
const purposeOf = (pool: Pool, user: User) => `cognitoidp.code/${pool.id}/${user.sub}`;

export interface Delivery {
  Destination: string;
  DeliveryMedium: 'EMAIL' | 'SMS';
  AttributeName: string;
}

export interface Sending {
  user: User;
  purpose: CodePurpose;
  /** `email` or `phone_number`; the user has it. */
  attribute: string;
  /** `CustomMessage_SignUp` and its kin. */
  source: string;
  lastsMs: number;
  /** For triggers. */
  clientId?: string | undefined;
  clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/** A code and its message, ready to be filed. */
export interface PreparedCode {
  sending: Sending;
  code: string;
  content: Content;
  sender: SenderEvent | undefined;
}

/** Makes a code and what is said with it, outside of any transaction: triggers may have their say. */
export async function prepareCode(ctx: Context, pool: Pool, sending: Sending): Promise<PreparedCode> {
  const { user, attribute } = sending;
  const custom = await customTexts(ctx, pool, attribute, sending);
  const code = ctx.room.ids.token(codeLength, digits);
  const sender = await senderEvent(ctx, pool, attribute, sending, code);
  const occasion = { ...sending, username: user.username, code };
  const text =
    (await linkEmailOf(ctx, pool, occasion, custom)) ?? textOf(pool, attribute, user.username, code, custom);
  return { sending, code, sender, content: { ...text, code } };
}

/** Files a prepared code in place of the one before, and its message. @throws LimitExceededException */
export async function fileCode(
  tx: Transaction,
  ctx: Context,
  pool: Pool,
  { sending, code, content, sender }: PreparedCode,
): Promise<Delivery> {
  const { user, purpose, attribute, source, lastsMs } = sending;
  const key = userKey(pool, user.username);
  await countCode(tx, ctx, pool, key);
  const value = user.attributes[attribute] ?? '';
  records.codes.put(tx, [pool.id, key, purpose], {
    code: ctx.room.vault.seal(purposeOf(pool, user), code),
    attribute,
    value,
    expiresAt: ctx.now + lastsMs,
    failures: 0,
  });
  await post(tx, ctx, pool, { user, attribute, destination: value, source, content, sender });
  return deliveryOf(attribute, value);
}

export function deliveryOf(attribute: string, value: string): Delivery {
  return {
    Destination: maskedAddress(attribute, value),
    DeliveryMedium: attribute === 'email' ? 'EMAIL' : 'SMS',
    AttributeName: attribute,
  };
}

/** Counts a code that is sent to a user. @throws LimitExceededException */
export async function countCode(tx: Transaction, ctx: Context, pool: Pool, key: string): Promise<void> {
  const known = await records.attempts.get(tx, pool.id, key);
  const recent = (known?.codes ?? []).filter((at) => at > ctx.now - limits.codesWindowMs);
  if (recent.length >= limits.codesPerHourMax) throw tooMany();
  records.attempts.put(tx, [pool.id, key], { ...noAttempts, ...known, codes: [...recent, ctx.now] });
}

const noAttempts: Attempts = { failures: 0, lastAt: 0, lockedUntil: 0, codes: [] };

const tooMany = () => new LimitExceededException('Attempt limit exceeded, please try after some time.');

function textOf(pool: Pool, attribute: string, username: string, code: string, custom: CustomTexts) {
  const { settings } = pool;
  const template = settings.VerificationMessageTemplate;
  const values = { '####': code, username };
  if (attribute === 'phone_number') {
    const text =
      custom.sms ??
      template.SmsMessage ??
      settings.SmsVerificationMessage ??
      'Your verification code is {####}.';
    return { body: filled(text, values) };
  }
  const body =
    custom.email ??
    template.EmailMessage ??
    settings.EmailVerificationMessage ??
    'Your verification code is {####}.';
  const subject =
    custom.subject ?? template.EmailSubject ?? settings.EmailVerificationSubject ?? 'Your verification code';
  return emailOf(subject, body, values);
}

export type Checked = { error: Error } | { attribute: string; value: string };

/**
 * Compares a code and counts what is wrong, of the code and of the user: another code is no other hour of guesses. The
 * caller throws what it is handed once the count is in the store: a throw inside the transaction would undo it.
 * @returns the error that is due, or the attribute and value that the code was sent to.
 */
export async function checkCode(
  tx: Transaction,
  ctx: Context,
  pool: Pool,
  user: User,
  purpose: CodePurpose,
  given: string,
): Promise<Checked> {
  const key = userKey(pool, user.username);
  const known = await records.codes.get(tx, pool.id, key, purpose);
  if (!known || known.expiresAt <= ctx.now) return { error: expired() };
  const attempts = await records.attempts.get(tx, pool.id, key);
  const wrong = (attempts?.wrongCodes ?? []).filter((at) => at > ctx.now - limits.codesWindowMs);
  if (known.failures >= limits.codeAttemptsMax || wrong.length >= limits.wrongCodesPerHourMax) {
    return { error: tooMany() };
  }
  const code = ctx.room.vault.open(purposeOf(pool, user), known.code).toString();
  if (!isSame(given, code)) {
    records.codes.put(tx, [pool.id, key, purpose], { ...known, failures: known.failures + 1 });
    records.attempts.put(tx, [pool.id, key], {
      ...noAttempts,
      ...attempts,
      wrongCodes: [...wrong, ctx.now],
    });
    return { error: mismatch() };
  }
  return { attribute: known.attribute, value: known.value };
}

/** The same; a right code is used up. */
export async function useCode(
  tx: Transaction,
  ctx: Context,
  pool: Pool,
  user: User,
  purpose: CodePurpose,
  given: string,
): Promise<Checked> {
  const checked = await checkCode(tx, ctx, pool, user, purpose, given);
  if (!('error' in checked)) records.codes.delete(tx, pool.id, userKey(pool, user.username), purpose);
  return checked;
}

const expired = () => new ExpiredCodeException('Invalid code provided, please request a code again.');
export const mismatch = () =>
  new CodeMismatchException('Invalid verification code provided, please try again.');
