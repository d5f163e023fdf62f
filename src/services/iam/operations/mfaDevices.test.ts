import { Secret, TOTP } from 'otpauth';
import { beforeEach, describe, expect, it } from 'vitest';
import { mfaSource } from '../mfa.ts';
import { account, type ToyAccount, toyAccount, userPrincipal } from '../testing/toyAccount.ts';

const periodMs = 30_000;
const ada = `arn:aws:iam::${account}:user/ada`;
const serial = `arn:aws:iam::${account}:mfa/phone`;

let toy: ToyAccount;
let totp: TOTP;
const codeAt = (time: number) => totp.generate({ timestamp: time });
const verify = (code: string, userArn = ada, serialNumber = serial) =>
  mfaSource(toy.room).verify(serialNumber, code, userArn, toy.clock.now());

async function makeDevice(name = 'phone') {
  const { VirtualMFADevice } = await toy.call<{
    VirtualMFADevice: { SerialNumber: string; Base32StringSeed: Uint8Array; QRCodePNG: Uint8Array };
  }>('CreateVirtualMFADevice', { VirtualMFADeviceName: name, Tags: [{ Key: 'for', Value: 'ada' }] });
  totp = new TOTP({
    secret: Secret.fromBase32(Buffer.from(VirtualMFADevice.Base32StringSeed).toString()),
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
  });
  return VirtualMFADevice;
}

const enable = (UserName: string, SerialNumber = serial, at = toy.clock.now()) =>
  toy.call('EnableMFADevice', {
    UserName,
    SerialNumber,
    AuthenticationCode1: codeAt(at - periodMs),
    AuthenticationCode2: codeAt(at),
  });

beforeEach(async () => {
  toy = await toyAccount();
  await toy.call('CreateUser', { UserName: 'ada' });
  await toy.call('CreateUser', { UserName: 'bob' });
});

describe('virtual MFA devices', () => {
  it('tells the seed once, as text and as an image, and keeps it sealed', async () => {
    const device = await makeDevice();
    expect(device.SerialNumber).toBe(serial);
    const seed = Buffer.from(device.Base32StringSeed).toString();
    expect(seed).toMatch(/^[A-Z2-7]{64}$/);
    expect(Buffer.from(device.QRCodePNG).subarray(1, 4).toString()).toBe('PNG');
    const kept = await toy.store.range({ prefix: [], limit: 100 });
    expect(kept.some(({ value }) => Buffer.from(value).includes(seed))).toBe(false);
    const { VirtualMFADevices } = await toy.call<{ VirtualMFADevices: object[] }>('ListVirtualMFADevices');
    expect(VirtualMFADevices).toEqual([{ SerialNumber: serial }]);
    await expect(makeDevice()).rejects.toMatchObject({
      code: 'EntityAlreadyExists',
      message: 'MFADevice entity at the same path and name already exists.',
    });
  });

  it('is enabled by two consecutive codes, of one user at a time', async () => {
    await makeDevice();
    const now = toy.clock.now();
    const wrong = (AuthenticationCode1: string, AuthenticationCode2: string) =>
      expect(
        toy.call('EnableMFADevice', {
          UserName: 'ada',
          SerialNumber: serial,
          AuthenticationCode1,
          AuthenticationCode2,
        }),
      ).rejects.toMatchObject({
        code: 'InvalidAuthenticationCode',
        status: 403,
        message: 'Authentication code for device is not valid.',
      });
    await wrong(codeAt(now), codeAt(now));
    await wrong(codeAt(now), codeAt(now - periodMs));
    await wrong(codeAt(now - periodMs), codeAt(now + periodMs));
    await enable('ada');
    await expect(enable('bob')).rejects.toMatchObject({ code: 'EntityAlreadyExists' });
    const { MFADevices } = await toy.call<{ MFADevices: object[] }>(
      'ListMFADevices',
      {},
      userPrincipal('ada'),
    );
    expect(MFADevices).toEqual([{ UserName: 'ada', SerialNumber: serial, EnableDate: new Date(now) }]);
    await expect(toy.call('DeleteVirtualMFADevice', { SerialNumber: serial })).rejects.toMatchObject({
      code: 'DeleteConflict',
    });
    await expect(toy.call('DeleteUser', { UserName: 'ada' })).rejects.toMatchObject({
      code: 'DeleteConflict',
      message: 'Cannot delete entity, must delete MFA device first.',
    });
    await expect(
      toy.call('DeactivateMFADevice', { UserName: 'bob', SerialNumber: serial }),
    ).rejects.toMatchObject({ code: 'NoSuchEntity' });
    await toy.call('DeactivateMFADevice', { UserName: 'ada', SerialNumber: serial });
    await toy.call('DeleteVirtualMFADevice', { SerialNumber: serial });
    await toy.call('DeleteUser', { UserName: 'ada' });
  });

  it('has a code count once, whoever asks at the same time, and no older one after it', async () => {
    await makeDevice();
    await enable('ada');
    expect(await verify(codeAt(toy.clock.now()))).toBe('wrong-code');
    await toy.clock.advance(2 * periodMs);
    const code = codeAt(toy.clock.now());
    expect((await Promise.all([verify(code), verify(code)])).sort()).toEqual(['valid', 'wrong-code']);
    expect(await verify(codeAt(toy.clock.now() - periodMs))).toBe('wrong-code');
    expect(await verify(codeAt(toy.clock.now() + 2 * periodMs))).toBe('wrong-code');
    expect(await verify(codeAt(toy.clock.now() + periodMs))).toBe('valid');
  });

  it('isn’t guessed: after some wrong codes none is looked at for a while, the right one neither', async () => {
    await makeDevice();
    await enable('ada');
    await toy.clock.advance(2 * periodMs);
    const wrongNow = () => codeAt(toy.clock.now() + 100 * periodMs);
    for (let i = 0; i < 4; i++) expect(await verify(wrongNow())).toBe('wrong-code');
    expect(await verify(codeAt(toy.clock.now()))).toBe('valid');
    await toy.clock.advance(2 * periodMs);
    for (let i = 0; i < 5; i++) expect(await verify(wrongNow())).toBe('wrong-code');
    expect(await verify(codeAt(toy.clock.now()))).toBe('wrong-code');
    await toy.clock.advance(periodMs);
    expect(await verify(codeAt(toy.clock.now()))).toBe('valid');
    // Each further one makes the wait longer, up to a quarter of an hour.
    for (let i = 0; i < 12; i++) {
      await toy.clock.advance(30 * periodMs);
      expect(await verify(wrongNow())).toBe('wrong-code');
    }
    await toy.clock.advance(29 * periodMs);
    expect(await verify(codeAt(toy.clock.now()))).toBe('wrong-code');
    await toy.clock.advance(periodMs);
    expect(await verify(codeAt(toy.clock.now()))).toBe('valid');
  });

  it('answers for its owner only, under whichever name', async () => {
    await makeDevice();
    await enable('ada');
    await toy.clock.advance(2 * periodMs);
    const code = codeAt(toy.clock.now());
    expect(await verify(code, `arn:aws:iam::${account}:user/bob`)).toBe('no-device');
    expect(await verify(code, `arn:aws:iam::${account}:root`)).toBe('no-device');
    expect(await verify(code, 'arn:aws:iam::999999999999:user/ada')).toBe('no-device');
    expect(await verify(code, ada, `${serial}2`)).toBe('no-device');
    await toy.call('UpdateUser', { UserName: 'ada', NewUserName: 'lovelace' });
    expect(await verify(code)).toBe('no-device');
    expect(await verify(code, `arn:aws:iam::${account}:user/lovelace`)).toBe('valid');
  });

  it('follows a device whose clock is off, once it was resynchronised', async () => {
    await makeDevice();
    await enable('ada');
    await toy.clock.advance(60 * periodMs);
    const off = 20 * periodMs;
    expect(await verify(codeAt(toy.clock.now() + off))).toBe('wrong-code');
    await toy.call('ResyncMFADevice', {
      UserName: 'ada',
      SerialNumber: serial,
      AuthenticationCode1: codeAt(toy.clock.now() + off),
      AuthenticationCode2: codeAt(toy.clock.now() + off + periodMs),
    });
    await toy.clock.advance(2 * periodMs);
    expect(await verify(codeAt(toy.clock.now() + off + periodMs))).toBe('valid');
  });

  it('has eight of a user at most, tags, and pages', async () => {
    for (let n = 0; n < 8; n++) {
      await makeDevice(`phone${n}`);
      await enable('ada', `${serial}${n}`);
    }
    await makeDevice('phone9');
    await expect(enable('ada', `${serial}9`)).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for MFADevicesPerUser: 8',
    });
    const first = await toy.call<{ MFADevices: object[]; Marker: string }>('ListMFADevices', {
      UserName: 'ada',
      MaxItems: 5,
    });
    const rest = await toy.call<{ MFADevices: object[]; IsTruncated: boolean }>('ListMFADevices', {
      UserName: 'ada',
      Marker: first.Marker,
    });
    expect([first.MFADevices.length, rest.MFADevices.length, rest.IsTruncated]).toEqual([5, 3, false]);
    const unassigned = await toy.call<{ VirtualMFADevices: object[] }>('ListVirtualMFADevices', {
      AssignmentStatus: 'Unassigned',
    });
    expect(unassigned.VirtualMFADevices).toEqual([{ SerialNumber: `${serial}9` }]);
    await toy.call('TagMFADevice', { SerialNumber: `${serial}9`, Tags: [{ Key: 'b', Value: '2' }] });
    await toy.call('UntagMFADevice', { SerialNumber: `${serial}9`, TagKeys: ['for'] });
    const { Tags } = await toy.call('ListMFADeviceTags', { SerialNumber: `${serial}9` });
    expect(Tags).toEqual([{ Key: 'b', Value: '2' }]);
  });
});
