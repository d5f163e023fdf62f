/**
 * Virtual MFA devices.
 *
 *   iam.mfaDevice [account, serialNumber] → MfaDevice
 *
 * Which devices a user has stands in the user's record, so that both change together.
 */
import { type RecordSet, recordSet } from '../../../store/index.ts';

export interface MfaDevice {
  /** `arn:aws:iam::ACCOUNT:mfa/PATH/NAME`. */
  serialNumber: string;
  name: string;
  path: string;
  createdAt: number;
  /** The Base32 seed, sealed by the vault. */
  seed: Uint8Array;
  /** Whose it is, once it was enabled. */
  owner: { userName: string; enabledAt: number } | undefined;
  /** Steps of 30 seconds by which the device's clock is ahead, as found when it was enabled or resynchronised. */
  drift: number;
  /** The last step whose code was accepted: neither it nor an earlier one counts again. */
  lastStep: number;
  /** Wrong codes in a row, and until when no code is looked at; absent after a right one. */
  failures?: { count: number; waitUntil: number } | undefined;
  tags: Record<string, string>;
}

export const mfaDevices: RecordSet<[account: string, serialNumber: string], MfaDevice> =
  recordSet('iam.mfaDevice');
