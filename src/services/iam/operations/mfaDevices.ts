/** Virtual MFA devices: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html and its neighbours. */
import type {
  CreateVirtualMFADeviceRequest,
  DeactivateMFADeviceRequest,
  DeleteVirtualMFADeviceRequest,
  EnableMFADeviceRequest,
  GetMFADeviceRequest,
  ListMFADevicesRequest,
  ListVirtualMFADevicesRequest,
  ResyncMFADeviceRequest,
} from '@aws-sdk/client-iam';
import { toBuffer } from 'qrcode';
import { base32Alphabet } from '../../../kernel/index.ts';
import type { Reader, Transaction } from '../../../store/index.ts';
import { newTags, tagsShown } from '../domain/tags.ts';
import { synchronise } from '../domain/totp.ts';
import {
  DeleteConflict,
  EntityAlreadyExists,
  InvalidAuthenticationCode,
  LimitExceeded,
  NoSuchEntity,
} from '../errors.ts';
import { mfaDevicesPerUserMax } from '../limits.ts';
import { sealSeed, seedOf } from '../mfa.ts';
import { arnOf, type IamContext, pageAfter, pageOf, userNamed, userOf } from '../room.ts';
import { type MfaDevice, mfaDevices } from '../store/devices.ts';
import { accounts, users } from '../store.ts';
import { shownUser } from './users.ts';

/** As long as AWS's: 320 bits. */
const seedCharacters = 64;

export async function CreateVirtualMFADevice(ctx: IamContext, input: CreateVirtualMFADeviceRequest) {
  const { room, account, now } = ctx;
  const name = input.VirtualMFADeviceName as string;
  const path = input.Path ?? '/';
  const serialNumber = arnOf(account, 'mfa', path, name);
  const seed = room.ids.token(seedCharacters, base32Alphabet);
  const device: MfaDevice = {
    serialNumber,
    name,
    path,
    createdAt: now,
    seed: sealSeed(room.vault, serialNumber, seed),
    owner: undefined,
    drift: 0,
    lastStep: 0,
    tags: newTags(input.Tags),
  };
  const alias = await room.store.transact(async (tx) => {
    if (await mfaDevices.exists(tx, account, serialNumber)) {
      throw new EntityAlreadyExists('MFADevice entity at the same path and name already exists.');
    }
    mfaDevices.put(tx, [account, serialNumber], device);
    return (await accounts.get(tx, account))?.alias;
  });
  // "AccountName is the user name if set (otherwise, the account ID)": the only time that the seed is told.
  const uri = `otpauth://totp/${encodeURIComponent(`${name}@${alias ?? account}`)}?secret=${seed}`;
  return {
    VirtualMFADevice: {
      SerialNumber: serialNumber,
      Base32StringSeed: Buffer.from(seed),
      QRCodePNG: await toBuffer(uri, { type: 'png', errorCorrectionLevel: 'M' }),
      ...tagsShown(device),
    },
  };
}

export async function EnableMFADevice(ctx: IamContext, input: EnableMFADeviceRequest) {
  const { room, account, now } = ctx;
  const serialNumber = input.SerialNumber as string;
  await room.store.transact(async (tx) => {
    const user = await userNamed(ctx, input.UserName as string, tx);
    const device = await deviceOf(ctx, serialNumber, tx);
    if (device.owner) throw new EntityAlreadyExists('MFA Device is already in use.');
    const devices = user.mfaDevices ?? [];
    if (devices.length >= mfaDevicesPerUserMax) {
      throw new LimitExceeded(`Cannot exceed quota for MFADevicesPerUser: ${mfaDevicesPerUserMax}`);
    }
    mfaDevices.put(tx, [account, serialNumber], {
      ...synchronised(ctx, device, input),
      owner: { userName: user.name, enabledAt: now },
    });
    users.put(tx, [account, user.name], { ...user, mfaDevices: [...devices, serialNumber] });
  });
  return {};
}

export async function ResyncMFADevice(ctx: IamContext, input: ResyncMFADeviceRequest) {
  await ctx.room.store.transact(async (tx) => {
    const user = await userNamed(ctx, input.UserName as string, tx);
    const device = await deviceOfUser(ctx, input.SerialNumber as string, user.name, tx);
    mfaDevices.put(tx, [ctx.account, device.serialNumber], synchronised(ctx, device, input));
  });
  return {};
}

export async function DeactivateMFADevice(ctx: IamContext, input: DeactivateMFADeviceRequest) {
  await ctx.room.store.transact(async (tx) => {
    const user = await userNamed(ctx, userOf(ctx, input.UserName), tx);
    const device = await deviceOfUser(ctx, input.SerialNumber as string, user.name, tx);
    mfaDevices.put(tx, [ctx.account, device.serialNumber], { ...device, owner: undefined });
    users.put(tx, [ctx.account, user.name], {
      ...user,
      mfaDevices: (user.mfaDevices ?? []).filter((serialNumber) => serialNumber !== device.serialNumber),
    });
  });
  return {};
}

export async function DeleteVirtualMFADevice(ctx: IamContext, input: DeleteVirtualMFADeviceRequest) {
  await ctx.room.store.transact(async (tx) => {
    const device = await deviceOf(ctx, input.SerialNumber as string, tx);
    if (device.owner) throw new DeleteConflict('MFA VirtualDevice in use. Must deactivate first.');
    mfaDevices.delete(tx, ctx.account, device.serialNumber);
  });
  return {};
}

export async function GetMFADevice(ctx: IamContext, input: GetMFADeviceRequest) {
  const { reader } = ctx.room.store;
  const serialNumber = input.SerialNumber as string;
  // Policies were asked about the user who is named or asks: the device has to be theirs.
  const isRoot = input.UserName === undefined && ctx.principal.type === 'root';
  const { owner } = isRoot
    ? await deviceOf(ctx, serialNumber)
    : await deviceOfUser(ctx, serialNumber, (await userNamed(ctx, userOf(ctx, input.UserName))).name, reader);
  return {
    SerialNumber: serialNumber,
    ...(owner ? { UserName: owner.userName, EnableDate: new Date(owner.enabledAt) } : {}),
  };
}

export async function ListMFADevices(ctx: IamContext, input: ListMFADevicesRequest) {
  const { reader } = ctx.room.store;
  // Without a name: whoever asks, and the root user has none of these.
  const isRoot = input.UserName === undefined && ctx.principal.type === 'root';
  const serialNumbers = isRoot ? [] : ((await userNamed(ctx, userOf(ctx, input.UserName))).mfaDevices ?? []);
  const { page, paging } = pageOf(serialNumbers, input);
  const devices = await Promise.all(page.map((one) => mfaDevices.get(reader, ctx.account, one)));
  return {
    MFADevices: devices.flatMap((device) =>
      device?.owner
        ? [
            {
              UserName: device.owner.userName,
              SerialNumber: device.serialNumber,
              EnableDate: new Date(device.owner.enabledAt),
            },
          ]
        : [],
    ),
    ...paging,
  };
}

export async function ListVirtualMFADevices(ctx: IamContext, input: ListVirtualMFADevicesRequest) {
  const { store } = ctx.room;
  const wanted: MfaDevice[] = [];
  for await (const device of store.all(mfaDevices, ctx.account)) {
    const status = device.owner ? 'Assigned' : 'Unassigned';
    if ((input.AssignmentStatus ?? 'Any') === 'Any' || input.AssignmentStatus === status) wanted.push(device);
  }
  const { page, paging } = pageAfter(wanted, input, ({ serialNumber }) => serialNumber);
  // Listings leave out seeds and tags.
  const VirtualMFADevices = await Promise.all(
    page.map(async ({ serialNumber, owner }) => {
      const user = owner && (await users.get(store.reader, ctx.account, owner.userName));
      return {
        SerialNumber: serialNumber,
        ...(user ? { User: shownUser({ ...user, tags: {} }) } : {}),
        ...(owner ? { EnableDate: new Date(owner.enabledAt) } : {}),
      };
    }),
  );
  return { VirtualMFADevices, ...paging };
}

/** @throws InvalidAuthenticationCode unless both codes are the device's, one after the other, and new. */
function synchronised(
  { room, now }: IamContext,
  device: MfaDevice,
  input: { AuthenticationCode1: string | undefined; AuthenticationCode2: string | undefined },
): MfaDevice {
  const codes = [input.AuthenticationCode1 as string, input.AuthenticationCode2 as string] as const;
  const clock = synchronise(seedOf(room.vault, device), codes, now, device.lastStep);
  if (!clock) throw new InvalidAuthenticationCode('Authentication code for device is not valid.');
  return { ...device, ...clock };
}

async function deviceOf(
  ctx: IamContext,
  serialNumber: string,
  reader: Reader = ctx.room.store.reader,
): Promise<MfaDevice> {
  const device = await mfaDevices.get(reader, ctx.account, serialNumber);
  if (!device) throw new NoSuchEntity(`VirtualMFADevice with serial number ${serialNumber} doesn't exist.`);
  return device;
}

async function deviceOfUser(
  ctx: IamContext,
  serialNumber: string,
  userName: string,
  reader: Reader | Transaction,
): Promise<MfaDevice> {
  const device = await deviceOf(ctx, serialNumber, reader);
  if (device.owner?.userName !== userName) throw new NoSuchEntity('MFA device invalid for user.');
  return device;
}
