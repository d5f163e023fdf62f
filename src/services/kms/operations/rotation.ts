/** Rotation of key material. https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
import { ValidationException } from '../../../kernel/index.ts';
import { checkEnabled, keyArn } from '../domain/keys.ts';
import { LimitExceededException, UnsupportedOperationException } from '../errors.ts';
import { changeKey, findOwn } from '../find.ts';
import { limits } from '../limits.ts';
import { newMaterial } from '../material.ts';
import type { Context } from '../room.ts';
import type { Key, Material } from '../store.ts';
import { type Paged, pageOf, readMarker } from './paging.ts';

const dayMs = 86_400_000;

export async function EnableKeyRotation(
  ctx: Context,
  input: { KeyId: string; RotationPeriodInDays?: number },
) {
  await changeKey(ctx, input.KeyId, 'kms:EnableKeyRotation', async (key, tx) => {
    checkEnabled(key);
    checkSymmetric(key);
    const days = input.RotationPeriodInDays ?? key.rotation?.days ?? limits.rotationDaysDefault;
    if (days < limits.rotationDaysMin || days > limits.rotationDaysMax) {
      throw new ValidationException(
        `RotationPeriodInDays must be between ${limits.rotationDaysMin} and ${limits.rotationDaysMax}`,
      );
    }
    const nextAt = ctx.now + days * dayMs;
    const { account, region, id: keyId } = key;
    await ctx.room.rotation.enqueue(tx, { account, region, keyId, at: nextAt }, { dueAt: nextAt });
    return { ...key, rotation: { days, nextAt } };
  });
  return {};
}

export async function DisableKeyRotation(ctx: Context, input: { KeyId: string }) {
  await changeKey(ctx, input.KeyId, 'kms:DisableKeyRotation', (key) => {
    checkEnabled(key);
    checkSymmetric(key);
    const { rotation: _none, ...kept } = key;
    return kept;
  });
  return {};
}

export async function GetKeyRotationStatus(ctx: Context, input: { KeyId: string }) {
  const key = await findOwn(ctx, input.KeyId, 'kms:GetKeyRotationStatus');
  checkSymmetric(key);
  const rotation = key.state === 'PendingDeletion' ? undefined : key.rotation;
  return {
    KeyRotationEnabled: rotation !== undefined,
    KeyId: keyArn(key),
    ...(rotation ? { RotationPeriodInDays: rotation.days, NextRotationDate: new Date(rotation.nextAt) } : {}),
  };
}

export async function RotateKeyOnDemand(ctx: Context, input: { KeyId: string }) {
  const key = await changeKey(ctx, input.KeyId, 'kms:RotateKeyOnDemand', (found) => {
    checkEnabled(found);
    checkSymmetric(found);
    const made = found.materials.filter(({ rotation }) => rotation?.type === 'ON_DEMAND');
    if (made.length >= limits.rotationsOnDemandMax) {
      throw new LimitExceededException(
        `The on-demand rotations limit has been reached for the given keyId: ${keyArn(found)}.`,
      );
    }
    const material = newMaterial(ctx.room, found, { at: ctx.now, type: 'ON_DEMAND' });
    return { ...found, materials: [...found.materials, material] };
  });
  return { KeyId: keyArn(key) };
}

export async function ListKeyRotations(
  ctx: Context,
  input: Paged & { KeyId: string; IncludeKeyMaterial?: 'ALL_KEY_MATERIAL' | 'ROTATIONS_ONLY' },
) {
  const key = await findOwn(ctx, input.KeyId, 'kms:ListKeyRotations');
  checkSymmetric(key);
  const size = input.Limit ?? limits.keysPerPageDefault;
  const last = readMarker(input.Marker);
  const isAll = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
  const wanted = key.materials.filter(({ rotation }) => isAll || rotation !== undefined);
  const from = wanted.findIndex(({ id }) => id === last) + 1;
  const { shown, more } = pageOf(wanted.slice(from, from + size + 1), size, ({ id }) => id);
  return { Rotations: shown.map((material) => describe(key, material)), ...more };
}

function describe(key: Key, { id, rotation }: Material): object {
  return {
    KeyId: key.id,
    KeyMaterialId: id,
    KeyMaterialState: key.materials.at(-1)?.id === id ? 'CURRENT' : 'NON_CURRENT',
    ...(rotation ? { RotationDate: new Date(rotation.at), RotationType: rotation.type } : {}),
  };
}

/** @throws UnsupportedOperationException */
function checkSymmetric(key: Key): void {
  if (key.spec === 'SYMMETRIC_DEFAULT') return;
  throw new UnsupportedOperationException(
    `${keyArn(key)} key spec is ${key.spec} which is not valid for this operation.`,
  );
}
