/** Devices of users: what is kept of them, and what a sign-in owes to one. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-device-tracking.html */
import { createHash } from 'node:crypto';
import type { Reader, Transaction } from '../../store/index.ts';
import { prime } from './domain/modularPower.ts';
import type { Verifier } from './domain/srp.ts';
import { InvalidParameterException, NotAuthorizedException, ResourceNotFoundException } from './errors.ts';
import { type Context, poolArn } from './room.ts';
import type { Attempt, Progress } from './signIn/attempt.ts';
import { type Device, type Family, type Pool, records, type User } from './store.ts';
import { userKey } from './users.ts';

/** Absent: the pool remembers none. */
export const deviceConfigOf = ({ settings }: Pool) => settings.DeviceConfiguration;

export const unknownDevice = () => new ResourceNotFoundException('Device does not exist.');

/** @throws ResourceNotFoundException */
export async function deviceOf(reader: Reader, pool: Pool, user: User, deviceKey: string): Promise<Device> {
  const device = await records.devices.get(reader, pool.id, userKey(pool, user.username), deviceKey);
  if (!device) throw unknownDevice();
  return device;
}

/**
 * The device that a sign-in began with, if it is still there: clients whose device was forgotten are told so, and answer
 * the same challenge again without it.
 */
export async function deviceIfKnown(
  { room }: Context,
  pool: Pool,
  user: User,
  deviceKey: string | undefined,
): Promise<string | undefined> {
  if (deviceKey === undefined) return undefined;
  const key = userKey(pool, user.username);
  return (await records.devices.exists(room.store, pool.id, key, deviceKey)) ? deviceKey : undefined;
}

/** What a device calls its pool in SRP: the same for all of a pool, and no secret. */
export const deviceGroupKey = (pool: Pool): string =>
  `-${createHash('sha256').update(`devices of ${pool.id}`).digest('base64url').slice(0, 8)}`;

const verifierPurpose = (pool: Pool, { sub }: User, deviceKey: string) =>
  `cognitoidp.device/${pool.id}/${sub}/${deviceKey}`;

/**
 * The secret of a device as SRP keeps it, sealed.
 * @param given DeviceSecretVerifierConfig: base 64. @throws InvalidParameterException it would let anybody in.
 */
export function sealDeviceVerifier(
  { room }: Context,
  pool: Pool,
  user: User,
  deviceKey: string,
  { PasswordVerifier = '', Salt = '' }: { PasswordVerifier?: string; Salt?: string },
): Uint8Array {
  const verifier = Buffer.from(PasswordVerifier, 'base64').toString('hex');
  const salt = Buffer.from(Salt, 'base64').toString('hex');
  if (verifier === '' || salt === '' || verifier.length > hexMax || salt.length > hexMax) throw noVerifier();
  const value = BigInt(`0x${verifier}`) % prime;
  if (value < 2n || value === prime - 1n) throw noVerifier();
  const kept: Verifier = { salt: BigInt(`0x${salt}`).toString(16), verifier: value.toString(16) };
  return room.vault.seal(verifierPurpose(pool, user, deviceKey), JSON.stringify(kept));
}

/** 3072 bits, and a sign byte. */
const hexMax = 770;
const noVerifier = () => new InvalidParameterException('Invalid device secret verifier config.');

export function openDeviceVerifier({ room }: Context, pool: Pool, user: User, device: Device): Verifier {
  const opened = room.vault.open(verifierPurpose(pool, user, device.key), device.verifier);
  return JSON.parse(opened.toString()) as Verifier;
}

/** Forgets a device: its refresh tokens, and the access tokens that came of them, are worth nothing any more. */
export async function forgetDevice(
  tx: Transaction,
  pool: Pool,
  user: User,
  deviceKey: string,
): Promise<void> {
  const key = userKey(pool, user.username);
  await deviceOf(tx, pool, user, deviceKey);
  records.devices.delete(tx, pool.id, key, deviceKey);
  let last: string | undefined;
  for (;;) {
    const page = await records.families.range(tx, {
      under: [pool.id, key],
      ...(last === undefined ? {} : { gt: [pool.id, key, last] }),
      limit: familiesPage,
    });
    for (const { key: parts, value } of page) {
      if (value.wishes?.deviceKey === deviceKey) records.families.delete(tx, ...parts);
    }
    last = page.at(-1)?.key[2];
    if (page.length < familiesPage) return;
  }
}

const familiesPage = 500;

/** The device that tokens of a sign-in name. */
export interface SignInDevice {
  deviceKey: string;
  /** For a device that nobody knows yet. */
  metadata?: { DeviceKey: string; DeviceGroupKey: string };
}

/** "Amazon Cognito includes a device key in the response to any sign-in that doesn't already include device information." */
export function deviceOfSignIn(
  { room }: Context,
  { door: { pool }, via }: Attempt,
  { deviceKey }: Progress,
): SignInDevice | undefined {
  if (via === 'page' || !deviceConfigOf(pool)) return undefined;
  if (deviceKey !== undefined) return { deviceKey };
  const made = `${pool.region}_${room.ids.uuid()}`;
  return { deviceKey: made, metadata: { DeviceKey: made, DeviceGroupKey: deviceGroupKey(pool) } };
}

/**
 * Remembers when a user came by a known device, in the transaction of the sign-in.
 * @throws ResourceNotFoundException it was forgotten meanwhile, or isn't trusted any more and stands for a code.
 */
export async function noteDevice(
  tx: Transaction,
  ctx: Context,
  pool: Pool,
  user: User,
  { deviceKey, factors }: Progress,
): Promise<void> {
  if (deviceKey === undefined) return;
  const device = await deviceOf(tx, pool, user, deviceKey);
  if (factors.includes('DEVICE') && !device.remembered) throw unknownDevice();
  const seen: Device = { ...device, authenticatedAt: ctx.now, ip: ctx.sourceIp };
  records.devices.put(tx, [pool.id, userKey(pool, user.username), deviceKey], seen);
}

/** Refresh tokens of a confirmed device are that device's: whoever has only the token isn't let in. @throws NotAuthorizedException */
export async function checkRefreshingDevice(
  reader: Reader,
  pool: Pool,
  user: User,
  { wishes }: Family,
  given: string | undefined,
): Promise<void> {
  const { deviceKey } = wishes ?? {};
  if (!deviceConfigOf(pool) || deviceKey === undefined || given === deviceKey) return;
  const isConfirmed = await records.devices.exists(reader, pool.id, userKey(pool, user.username), deviceKey);
  if (isConfirmed || given) throw new NotAuthorizedException('Invalid Refresh Token');
}

/** As GetDevice and its neighbours show one. */
export function describeDevice(pool: Pool, user: User, device: Device) {
  const attributes: Record<string, string> = {
    device_status: 'valid',
    ...(device.name === undefined ? {} : { device_name: device.name }),
    'dev:device_arn': `${poolArn(pool).replace('userpool/', 'owner/')}.${user.sub}/device/${device.key}`,
    'dev:device_owner': `${pool.id}.${user.sub}`,
    last_ip_used: device.ip,
    'dev:device_remembered_status': device.remembered ? 'remembered' : 'not_remembered',
  };
  return {
    DeviceKey: device.key,
    DeviceAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    DeviceCreateDate: new Date(device.createdAt),
    DeviceLastModifiedDate: new Date(device.modifiedAt),
    DeviceLastAuthenticatedDate: new Date(device.authenticatedAt),
  };
}
