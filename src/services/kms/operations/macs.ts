/** GenerateMac, VerifyMac. https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { checkEnabled, keyArn, specs } from '../domain/keys.ts';
import { InvalidKeyUsageException, KMSInvalidMacException, wouldHaveSucceeded } from '../errors.ts';
import { findKey } from '../find.ts';
import { openMaterial } from '../material.ts';
import type { Context } from '../room.ts';

interface MacInput {
  KeyId: string;
  Message: Uint8Array;
  MacAlgorithm: string;
  DryRun?: boolean;
}

export async function GenerateMac(ctx: Context, input: MacInput) {
  const { mac, arn } = await macOf(ctx, input, 'GenerateMac');
  return { Mac: mac, MacAlgorithm: input.MacAlgorithm, KeyId: arn };
}

export async function VerifyMac(ctx: Context, input: MacInput & { Mac: Uint8Array }) {
  const { mac, arn } = await macOf(ctx, input, 'VerifyMac');
  if (mac.length !== input.Mac.length || !timingSafeEqual(mac, input.Mac)) {
    throw new KMSInvalidMacException('');
  }
  return { KeyId: arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
}

async function macOf(
  ctx: Context,
  input: MacInput,
  operation: string,
): Promise<{ mac: Buffer; arn: string }> {
  const key = await findKey(ctx, input.KeyId);
  checkEnabled(key);
  const { mac: facts } = specs[key.spec];
  if (!facts) {
    throw new InvalidKeyUsageException(
      `${keyArn(key)} key usage is ${key.usage} which is not valid for ${operation}.`,
    );
  }
  if (facts.algorithm !== input.MacAlgorithm) {
    throw new InvalidKeyUsageException(
      `Algorithm ${input.MacAlgorithm} is incompatible with key spec ${key.spec}.`,
    );
  }
  if (input.DryRun) throw wouldHaveSucceeded();
  const { bytes } = openMaterial(ctx.room, key);
  return { mac: createHmac(facts.hash, bytes).update(input.Message).digest(), arn: keyArn(key) };
}
