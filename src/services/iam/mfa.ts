/** Codes of MFA devices, for whoever signs somebody in: sts asks through the platform. */

import { parseArn } from '../../kernel/index.ts';
import type { MfaSource } from '../../platform/index.ts';
import type { Vault } from '../../store/vault.ts';
import { acceptCode } from './domain/totp.ts';
import { mfaWaitMs, mfaWaitMsMax, mfaWrongCodesFree } from './limits.ts';
import type { IamRoom } from './room.ts';
import { type MfaDevice, mfaDevices } from './store/devices.ts';
import { users } from './store.ts';

export function mfaSource(room: IamRoom): MfaSource {
  return {
    async verify(serialNumber, code, userArn, now) {
      const { account = '', resource = '' } = parseArn(userArn) ?? {};
      const userName = resource.slice(resource.lastIndexOf('/') + 1);
      return await room.store.transactAside(async (tx) => {
        const device = await mfaDevices.get(tx, account, serialNumber);
        const user = device?.owner && (await users.get(tx, account, device.owner.userName));
        if (!device || user?.name !== userName || user.arn !== userArn) return 'no-device';
        // Who guesses isn't told that this one wasn't even looked at.
        if (now < (device.failures?.waitUntil ?? 0)) return 'wrong-code';
        const clock = acceptCode(seedOf(room.vault, device), code, device, now);
        // Written before the answer: a code counts once, whoever else asks at the same time.
        mfaDevices.put(
          tx,
          [account, serialNumber],
          clock
            ? { ...device, ...clock, failures: undefined }
            : { ...device, failures: afterFailure(device.failures?.count, now) },
        );
        return clock ? 'valid' : 'wrong-code';
      });
    },
  };
}

/** Six digits would be guessed within days by who may go on trying: https://www.rfc-editor.org/rfc/rfc4226#section-7.3 */
function afterFailure(before = 0, now: number): MfaDevice['failures'] {
  const count = before + 1;
  const over = count - mfaWrongCodesFree;
  return {
    count,
    waitUntil: over < 0 ? 0 : now + Math.min(mfaWaitMsMax, mfaWaitMs * 2 ** Math.min(over, 10)),
  };
}

const purpose = (serialNumber: string) => `iam.mfaSeed/${serialNumber}`;

export function sealSeed(vault: Vault, serialNumber: string, seed: string): Uint8Array {
  return vault.seal(purpose(serialNumber), seed);
}

/** In Base32. */
export function seedOf(vault: Vault, device: MfaDevice): string {
  return vault.open(purpose(device.serialNumber), device.seed).toString();
}
