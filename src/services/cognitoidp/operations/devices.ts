/** Devices as users and administrators see and change them. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmDevice.html and its neighbours. */
import {
  describeDevice,
  deviceConfigOf,
  deviceOf,
  forgetDevice,
  sealDeviceVerifier,
  unknownDevice,
} from '../devices.ts';
import {
  DeviceKeyExistsException,
  InvalidParameterException,
  InvalidUserPoolConfigurationException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { type Device, type Pool, records, type User } from '../store.ts';
import { bearerOf } from '../tokens/verify.ts';
import { userKey, userOf } from '../users.ts';
import { readPlace, writePlace } from './paging.ts';

interface ConfirmInput {
  AccessToken: string;
  DeviceKey: string;
  DeviceSecretVerifierConfig?: { PasswordVerifier?: string; Salt?: string };
  DeviceName?: string;
}

/** The access token says which device the sign-in made: no other one can be confirmed by it. */
export async function ConfirmDevice(ctx: Context, input: ConfirmInput) {
  const { user, pool, claims } = await bearerOf(ctx, input.AccessToken);
  const config = deviceConfigOf(pool);
  if (!config) {
    throw new InvalidUserPoolConfigurationException('Device tracking is not enabled for the user pool.');
  }
  const { DeviceKey: key, DeviceName: name, DeviceSecretVerifierConfig: secret } = input;
  if (claims.device_key !== key) throw unknownDevice();
  if (!secret) throw new InvalidParameterException('Missing required parameter DeviceSecretVerifierConfig');
  const isPrompted = config.DeviceOnlyRememberedOnUserPrompt === true;
  const device: Device = {
    key,
    ...(name === undefined ? {} : { name }),
    verifier: sealDeviceVerifier(ctx, pool, user, key, secret),
    remembered: !isPrompted,
    ip: ctx.sourceIp,
    createdAt: ctx.now,
    modifiedAt: ctx.now,
    authenticatedAt: ctx.now,
  };
  const place: [string, string, string] = [pool.id, userKey(pool, user.username), key];
  await ctx.room.store.transact(async (tx) => {
    if (await records.devices.exists(tx, ...place)) {
      throw new DeviceKeyExistsException('Device already exists.');
    }
    records.devices.put(tx, place, device);
  });
  return { UserConfirmationNecessary: isPrompted };
}

interface Owned {
  AccessToken?: string;
}
interface Administered {
  UserPoolId: string;
  Username: string;
}
interface Owner {
  pool: Pool;
  user: User;
}

function ownerOf(ctx: Context, { AccessToken }: Owned): Promise<Owner> {
  if (AccessToken === undefined)
    throw new InvalidParameterException('Missing required parameter AccessToken');
  return bearerOf(ctx, AccessToken);
}

async function administered(ctx: Context, input: Administered): Promise<Owner> {
  const pool = await poolOf(ctx, input.UserPoolId);
  return { pool, user: await userOf(ctx.room.store, pool, input.Username) };
}

interface Named {
  DeviceKey: string;
}
interface Status extends Named {
  DeviceRememberedStatus?: 'remembered' | 'not_remembered';
}
interface Paging {
  Limit?: number;
  PaginationToken?: string;
}

export const GetDevice = async (ctx: Context, input: Owned & Named) =>
  get(ctx, await ownerOf(ctx, input), input);
export const AdminGetDevice = async (ctx: Context, input: Administered & Named) =>
  get(ctx, await administered(ctx, input), input);
export const ListDevices = async (ctx: Context, input: Owned & Paging) =>
  list(ctx, await ownerOf(ctx, input), input);
export const AdminListDevices = async (ctx: Context, input: Administered & Paging) =>
  list(ctx, await administered(ctx, input), input);
export const UpdateDeviceStatus = async (ctx: Context, input: Owned & Status) =>
  update(ctx, await ownerOf(ctx, input), input);
export const AdminUpdateDeviceStatus = async (ctx: Context, input: Administered & Status) =>
  update(ctx, await administered(ctx, input), input);
export const ForgetDevice = async (ctx: Context, input: Owned & Named) =>
  forget(ctx, await ownerOf(ctx, input), input);
export const AdminForgetDevice = async (ctx: Context, input: Administered & Named) =>
  forget(ctx, await administered(ctx, input), input);

async function get(ctx: Context, { pool, user }: Owner, { DeviceKey }: Named) {
  return { Device: describeDevice(pool, user, await deviceOf(ctx.room.store, pool, user, DeviceKey)) };
}

async function list(ctx: Context, { pool, user }: Owner, { Limit, PaginationToken }: Paging) {
  const size = Limit || limits.pageMax;
  const key = userKey(pool, user.username);
  const last = readPlace(PaginationToken);
  const found = await records.devices.values(ctx.room.store, {
    under: [pool.id, key],
    ...(last === undefined ? {} : { gt: [pool.id, key, last] }),
    limit: size + 1,
  });
  const shown = found.slice(0, size);
  return {
    Devices: shown.map((device) => describeDevice(pool, user, device)),
    ...(found.length > size ? { PaginationToken: writePlace(shown.at(-1)?.key) } : {}),
  };
}

async function update(ctx: Context, { pool, user }: Owner, input: Status) {
  await ctx.room.store.transact(async (tx) => {
    const device = await deviceOf(tx, pool, user, input.DeviceKey);
    const { DeviceRememberedStatus: status } = input;
    const changed: Device = {
      ...device,
      remembered: status === undefined ? device.remembered : status === 'remembered',
      modifiedAt: ctx.now,
    };
    records.devices.put(tx, [pool.id, userKey(pool, user.username), device.key], changed);
  });
  return {};
}

async function forget(ctx: Context, { pool, user }: Owner, { DeviceKey }: Named) {
  await ctx.room.store.transact((tx) => forgetDevice(tx, pool, user, DeviceKey));
  return {};
}
