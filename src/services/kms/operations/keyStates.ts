/** EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion. https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html */
import { ValidationException } from '../../../kernel/index.ts';
import { checkNotPending, keyArn } from '../domain/keys.ts';
import { KMSInvalidStateException } from '../errors.ts';
import { changeKey } from '../find.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';

const dayMs = 86_400_000;

export async function EnableKey(ctx: Context, input: { KeyId: string }) {
  await changeKey(ctx, input.KeyId, 'kms:EnableKey', (key) => {
    checkNotPending(key);
    return { ...key, state: 'Enabled' };
  });
  return {};
}

export async function DisableKey(ctx: Context, input: { KeyId: string }) {
  await changeKey(ctx, input.KeyId, 'kms:DisableKey', (key) => {
    checkNotPending(key);
    return { ...key, state: 'Disabled' };
  });
  return {};
}

export async function ScheduleKeyDeletion(
  ctx: Context,
  input: { KeyId: string; PendingWindowInDays?: number },
) {
  const days = input.PendingWindowInDays ?? limits.windowDaysMax;
  if (days < limits.windowDaysMin || days > limits.windowDaysMax) {
    throw new ValidationException(
      `PendingWindowInDays must be between ${limits.windowDaysMin} and ${limits.windowDaysMax}`,
    );
  }
  const deletionAt = ctx.now + days * dayMs;
  const key = await changeKey(ctx, input.KeyId, 'kms:ScheduleKeyDeletion', async (found, tx) => {
    checkNotPending(found);
    const { account, region, id: keyId } = found;
    await ctx.room.deletion.enqueue(tx, { account, region, keyId, at: deletionAt }, { dueAt: deletionAt });
    return { ...found, state: 'PendingDeletion', deletionAt };
  });
  return {
    KeyId: keyArn(key),
    DeletionDate: new Date(deletionAt),
    KeyState: key.state,
    PendingWindowInDays: days,
  };
}

/** The key is disabled afterwards, whatever it was before. */
export async function CancelKeyDeletion(ctx: Context, input: { KeyId: string }) {
  const key = await changeKey(ctx, input.KeyId, 'kms:CancelKeyDeletion', (found) => {
    if (found.state !== 'PendingDeletion') {
      throw new KMSInvalidStateException(`${keyArn(found)} is not pending deletion.`);
    }
    const { deletionAt: _never, ...kept } = found;
    return { ...kept, state: 'Disabled' };
  });
  return { KeyId: keyArn(key) };
}
