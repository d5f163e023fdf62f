import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { openMaterial } from './material.ts';
import { type Key, records } from './store.ts';
import { account, bench, dayMs, region, user } from './testing/bench.ts';

const refused = (name: string, message: string) => ({ name, message });
const text = (value: string) => Buffer.from(value);
const arnOf = (id: string) => `arn:aws:kms:${region}:${account}:key/${id}`;

describe('keys', () => {
  it('are described as AWS describes them', async () => {
    const { call, makeKey, clock } = await bench();
    const { KeyId } = await makeKey({ Description: 'of orders', Tags: [{ TagKey: 'team', TagValue: 'a' }] });
    expect((await call('DescribeKey', { KeyId })).KeyMetadata).toEqual({
      AWSAccountId: account,
      KeyId,
      Arn: arnOf(KeyId),
      CreationDate: new Date(clock.now()),
      Enabled: true,
      Description: 'of orders',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
      MultiRegion: false,
    });
    await call('UpdateKeyDescription', { KeyId, Description: 'of bills' });
    expect((await call('DescribeKey', { KeyId: arnOf(KeyId) })).KeyMetadata).toMatchObject({
      Description: 'of bills',
    });
  });

  it('are found by id, ARN and alias only, and only in their region', async () => {
    const { call, makeKey } = await bench();
    const { KeyId, Arn } = await makeKey();
    const unknown = '12345678-1234-1234-1234-123456789012';
    const ask = (id: string, place?: string) =>
      call('DescribeKey', { KeyId: id }, place === undefined ? {} : { region: place });
    await expect(ask(unknown)).rejects.toMatchObject(
      refused('NotFoundException', `Key '${arnOf(unknown)}' does not exist`),
    );
    await expect(ask('my-key')).rejects.toMatchObject(refused('NotFoundException', "Invalid keyId 'my-key'"));
    await expect(ask('alias/x')).rejects.toMatchObject(
      refused('NotFoundException', `Alias arn:aws:kms:${region}:${account}:alias/x is not found.`),
    );
    await expect(ask(Arn, 'us-east-1')).rejects.toMatchObject(
      refused('NotFoundException', `Invalid arn ${region}`),
    );
    await expect(ask(KeyId, 'us-east-1')).rejects.toMatchObject({ name: 'NotFoundException' });
    await call('CreateAlias', { AliasName: 'alias/x', TargetKeyId: KeyId });
    await expect(call('EnableKey', { KeyId: 'alias/x' })).rejects.toMatchObject(
      refused('NotFoundException', "Invalid keyId 'alias/x'"),
    );
    expect((await ask(`arn:aws:kms:${region}:${account}:alias/x`)).KeyMetadata.KeyId).toBe(KeyId);
  });

  it('are listed in pages', async () => {
    const { call, makeKey } = await bench();
    const made = await Promise.all([makeKey(), makeKey(), makeKey()]);
    const first = await call('ListKeys', { Limit: 2 });
    expect(first.Truncated).toBe(true);
    const rest = await call('ListKeys', { Limit: 2, Marker: first.NextMarker });
    expect(rest).toMatchObject({ Truncated: false });
    expect(rest).not.toHaveProperty('NextMarker');
    expect([...first.Keys, ...rest.Keys].map(({ KeyId }) => KeyId)).toEqual(
      made.map(({ KeyId }) => KeyId).sort(),
    );
    await expect(call('ListKeys', { Marker: 'nonsense' })).rejects.toMatchObject({
      name: 'InvalidMarkerException',
    });
  });

  it('do nothing while they are disabled', async () => {
    const { call, makeKey } = await bench();
    const { KeyId, Arn } = await makeKey();
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: text('secret') });
    await call('DisableKey', { KeyId });
    const disabled = refused('DisabledException', `${Arn} is disabled.`);
    await expect(call('Encrypt', { KeyId, Plaintext: text('x') })).rejects.toMatchObject(disabled);
    await expect(call('Decrypt', { CiphertextBlob })).rejects.toMatchObject(disabled);
    await expect(call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })).rejects.toMatchObject(disabled);
    await expect(call('EnableKeyRotation', { KeyId })).rejects.toMatchObject(disabled);
    await call('EnableKey', { KeyId });
    expect((await call('Decrypt', { CiphertextBlob })).Plaintext).toEqual(text('secret'));
  });

  it('wait for their deletion, can be kept, and are gone with all that led to them', async () => {
    const { call, makeKey, clock, tasks, store } = await bench();
    const { KeyId, Arn } = await makeKey();
    await call('CreateAlias', { AliasName: 'alias/doomed', TargetKeyId: KeyId });
    const grant = { KeyId, GranteePrincipal: user('ann').arn, Operations: ['Decrypt'] };
    await call('CreateGrant', grant);
    await expect(call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 6 })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(call('CancelKeyDeletion', { KeyId })).rejects.toMatchObject(
      refused('KMSInvalidStateException', `${Arn} is not pending deletion.`),
    );
    expect(await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })).toEqual({
      KeyId: Arn,
      DeletionDate: new Date(clock.now() + 7 * dayMs),
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 7,
    });
    const pending = refused('KMSInvalidStateException', `${Arn} is pending deletion.`);
    await expect(call('Encrypt', { KeyId, Plaintext: text('x') })).rejects.toMatchObject(pending);
    await expect(call('EnableKey', { KeyId })).rejects.toMatchObject(pending);
    await expect(call('ScheduleKeyDeletion', { KeyId })).rejects.toMatchObject(pending);
    await call('CancelKeyDeletion', { KeyId });
    expect((await call('DescribeKey', { KeyId })).KeyMetadata.KeyState).toBe('Disabled');

    // What was scheduled first doesn't delete what was kept.
    await clock.advance(8 * dayMs);
    await tasks.idle();
    expect((await call('DescribeKey', { KeyId })).KeyMetadata.KeyState).toBe('Disabled');

    await call('ScheduleKeyDeletion', { KeyId });
    await clock.advance(30 * dayMs);
    await expect(call('DescribeKey', { KeyId })).rejects.toMatchObject({ name: 'NotFoundException' });
    await tasks.idle();
    expect((await call('ListAliases', {})).Aliases).toEqual([]);
    expect(await store.range({ prefix: ['kms.key'], limit: 10 })).toEqual([]);
    expect(await store.range({ prefix: ['kms.grant'], limit: 10 })).toEqual([]);
    expect(await store.range({ prefix: ['kms.grantTo'], limit: 10 })).toEqual([]);
  });

  it('get new material when it is time, and on demand, and still read what they wrote', async () => {
    const { call, makeKey, clock, tasks } = await bench();
    const { KeyId } = await makeKey();
    const old = await call('Encrypt', { KeyId, Plaintext: text('old') });
    await expect(call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 89 })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
    expect(await call('GetKeyRotationStatus', { KeyId })).toEqual({
      KeyRotationEnabled: true,
      KeyId: arnOf(KeyId),
      RotationPeriodInDays: 90,
      NextRotationDate: new Date(clock.now() + 90 * dayMs),
    });
    await clock.advance(90 * dayMs);
    await tasks.idle();
    await call('RotateKeyOnDemand', { KeyId });
    const { Rotations } = await call('ListKeyRotations', { KeyId });
    expect(Rotations.map(({ RotationType, KeyMaterialState }) => [RotationType, KeyMaterialState])).toEqual([
      ['AUTOMATIC', 'NON_CURRENT'],
      ['ON_DEMAND', 'CURRENT'],
    ]);
    const fresh = await call('Encrypt', { KeyId, Plaintext: text('new') });
    const [first, second] = await Promise.all(
      [old, fresh].map(({ CiphertextBlob }) => call('Decrypt', { CiphertextBlob })),
    );
    expect([first?.Plaintext, second?.Plaintext]).toEqual([text('old'), text('new')]);
    expect(first?.KeyMaterialId).not.toBe(second?.KeyMaterialId);
    expect(second?.KeyMaterialId).toBe(Rotations[1]?.KeyMaterialId);
    const all = await call('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 2 });
    expect(all.Rotations[0]?.KeyMaterialId).toBe(first?.KeyMaterialId);
    expect(all.Truncated).toBe(true);
    const rest = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Marker: all.NextMarker };
    expect((await call('ListKeyRotations', rest)).Rotations).toHaveLength(1);

    await call('DisableKeyRotation', { KeyId });
    await clock.advance(900 * dayMs);
    await tasks.idle();
    expect((await call('ListKeyRotations', { KeyId })).Rotations).toHaveLength(2);
    expect(await call('GetKeyRotationStatus', { KeyId })).toMatchObject({ KeyRotationEnabled: false });
  });

  it('carry tags', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const Tags = ['a', 'b', 'c'].map((TagKey) => ({ TagKey, TagValue: '1' }));
    await call('TagResource', { KeyId, Tags });
    await call('UntagResource', { KeyId, TagKeys: ['b'] });
    expect((await call('ListResourceTags', { KeyId })).Tags).toEqual([Tags[0], Tags[2]]);
    await expect(
      call('TagResource', { KeyId, Tags: [{ TagKey: 'aws:x', TagValue: '' }] }),
    ).rejects.toMatchObject(refused('TagException', 'Tags beginning with aws: are reserved'));
  });

  it('that AWS manages appear when they are asked for, and are nobody’s to change', async () => {
    const { call } = await bench();
    const { KeyMetadata } = await call('DescribeKey', { KeyId: 'alias/aws/s3' });
    expect(KeyMetadata).toMatchObject({ KeyManager: 'AWS' });
    expect((await call('DescribeKey', { KeyId: 'alias/aws/s3' })).KeyMetadata.KeyId).toBe(KeyMetadata.KeyId);
    await expect(call('DisableKey', { KeyId: KeyMetadata.KeyId })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(call('DescribeKey', { KeyId: 'alias/aws/nothing' })).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });
});

describe('aliases', () => {
  it('are made, moved, listed and removed', async () => {
    const { call, makeKey } = await bench();
    const [one, other] = await Promise.all([makeKey(), makeKey()]);
    await call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: one.KeyId });
    await expect(
      call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: one.KeyId }),
    ).rejects.toMatchObject(
      refused(
        'AlreadyExistsException',
        `An alias with the name arn:aws:kms:${region}:${account}:alias/app already exists`,
      ),
    );
    await call('UpdateAlias', { AliasName: 'alias/app', TargetKeyId: other.Arn });
    expect((await call('ListAliases', { KeyId: one.KeyId })).Aliases).toEqual([]);
    expect((await call('ListAliases', { KeyId: other.KeyId })).Aliases).toMatchObject([
      { AliasName: 'alias/app', TargetKeyId: other.KeyId },
    ]);
    await call('DeleteAlias', { AliasName: 'alias/app' });
    await expect(call('DeleteAlias', { AliasName: 'alias/app' })).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });

  it('have names that AWS leaves to users, and stay with one kind of key', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const create = (AliasName: string, TargetKeyId = KeyId) =>
      call('CreateAlias', { AliasName, TargetKeyId });
    await expect(create('app')).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(create('alias/aws/app')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(create('alias/a:b')).rejects.toMatchObject({ name: 'InvalidAliasNameException' });
    await create('alias/app');
    await expect(create('alias/other', 'alias/app')).rejects.toMatchObject(
      refused('ValidationException', 'Aliases must refer to keys. Not aliases'),
    );
    const mac = await makeKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    await expect(
      call('UpdateAlias', { AliasName: 'alias/app', TargetKeyId: mac.KeyId }),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('what lies in the store', () => {
  let folder: string | undefined;
  afterEach(() => folder && rmSync(folder, { recursive: true }));

  it('holds no key material, and opens again after a restart', async () => {
    folder = mkdtempSync(join(tmpdir(), 'kms-'));
    const store = new MemoryStore();
    const before = await bench({ store, folder });
    const { KeyId } = await before.makeKey();
    const { Plaintext, CiphertextBlob } = await before.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
    const key = (await records.keys.get(store, account, region, KeyId)) as Key;
    const material = Buffer.from(openMaterial(before.room, key).bytes);
    for (const { value } of await store.range({ prefix: [], limit: 100 })) {
      expect(Buffer.from(value).includes(material)).toBe(false);
    }
    const after = await bench({ store, folder });
    expect((await after.call('Decrypt', { CiphertextBlob })).Plaintext).toEqual(Plaintext);
    // Without the vault's key the data is worth nothing.
    const stranger = await bench({ store, folder: join(folder, 'elsewhere') });
    await expect(stranger.call('Decrypt', { CiphertextBlob })).rejects.toThrow();
  });
});
