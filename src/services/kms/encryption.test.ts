import { describe, expect, it } from 'vitest';
import { bench, user } from './testing/bench.ts';

const refused = (name: string, message: string) => ({ name, message });
const text = (value: string) => Buffer.from(value);
const invalid = refused('InvalidCiphertextException', '');

describe('encryption', () => {
  it('comes back under the same context only, in whatever order', async () => {
    const { call, makeKey } = await bench();
    const { KeyId, Arn } = await makeKey();
    const EncryptionContext = { tenant: 'a', table: 'b' };
    const sealed = await call('Encrypt', { KeyId, Plaintext: text('secret'), EncryptionContext });
    expect(sealed).toMatchObject({ KeyId: Arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
    const { CiphertextBlob } = sealed;
    const again = { CiphertextBlob, EncryptionContext: { table: 'b', tenant: 'a' } };
    expect(await call('Decrypt', again)).toMatchObject({ KeyId: Arn, Plaintext: text('secret') });
    for (const context of [
      undefined,
      {},
      { tenant: 'a' },
      { tenant: 'a', table: 'c' },
      { ...EncryptionContext, x: '' },
    ]) {
      await expect(call('Decrypt', { CiphertextBlob, EncryptionContext: context })).rejects.toMatchObject(
        invalid,
      );
    }
  });

  it('refuses bytes that were changed, at every place', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: text('secret') });
    for (let at = 0; at < CiphertextBlob.length; at += 1) {
      const forged = Buffer.from(CiphertextBlob);
      forged[at] = (forged[at] as number) ^ 1;
      await expect(call('Decrypt', { CiphertextBlob: forged })).rejects.toMatchObject({
        name: expect.stringMatching(/^(InvalidCiphertext|AccessDenied)Exception$/),
      });
    }
    for (const length of [0, 1, 33, 65, CiphertextBlob.length - 1]) {
      const cut = CiphertextBlob.subarray(0, length);
      await expect(call('Decrypt', { CiphertextBlob: cut })).rejects.toMatchObject(invalid);
    }
  });

  it('is never the same twice', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const [one, other] = await Promise.all(
      [1, 2].map(() => call('Encrypt', { KeyId, Plaintext: text('secret') })),
    );
    expect(one?.CiphertextBlob).not.toEqual(other?.CiphertextBlob);
  });

  it('wants the key of the ciphertext, when it is told one', async () => {
    const { call, makeKey } = await bench();
    const [{ KeyId }, other, mac] = await Promise.all([
      makeKey(),
      makeKey(),
      makeKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    ]);
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: text('secret') });
    const wrong = refused(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
    await expect(call('Decrypt', { CiphertextBlob, KeyId: other.KeyId })).rejects.toMatchObject(wrong);
    await expect(call('Decrypt', { CiphertextBlob, KeyId: mac.KeyId })).rejects.toMatchObject(wrong);
    await expect(call('Encrypt', { KeyId: mac.KeyId, Plaintext: text('x') })).rejects.toMatchObject(
      refused(
        'InvalidKeyUsageException',
        `${mac.Arn} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.`,
      ),
    );
    await expect(call('Decrypt', { CiphertextBlob }, { region: 'us-east-1' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('moves from key to key', async () => {
    const { call, makeKey } = await bench();
    const [one, other] = await Promise.all([makeKey(), makeKey()]);
    const sealed = await call('Encrypt', {
      KeyId: one.KeyId,
      Plaintext: text('secret'),
      EncryptionContext: { a: '1' },
    });
    const moved = await call('ReEncrypt', {
      CiphertextBlob: sealed.CiphertextBlob,
      SourceEncryptionContext: { a: '1' },
      DestinationKeyId: other.KeyId,
      DestinationEncryptionContext: { b: '2' },
    });
    expect(moved).toMatchObject({ SourceKeyId: one.Arn, KeyId: other.Arn });
    const { CiphertextBlob } = moved;
    expect((await call('Decrypt', { CiphertextBlob, EncryptionContext: { b: '2' } })).Plaintext).toEqual(
      text('secret'),
    );
  });

  it('gives data keys of the size that is asked for', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const sizes = [{ KeySpec: 'AES_128' }, { KeySpec: 'AES_256' }, { NumberOfBytes: 64 }];
    const made = await Promise.all(sizes.map((size) => call('GenerateDataKey', { KeyId, ...size })));
    expect(made.map(({ Plaintext }) => Plaintext.length)).toEqual([16, 32, 64]);
    for (const { CiphertextBlob, Plaintext } of made) {
      expect((await call('Decrypt', { CiphertextBlob })).Plaintext).toEqual(Plaintext);
    }
    const blind = await call('GenerateDataKeyWithoutPlaintext', { KeyId, NumberOfBytes: 10 });
    expect(blind).not.toHaveProperty('Plaintext');
    expect((await call('Decrypt', { CiphertextBlob: blind.CiphertextBlob })).Plaintext).toHaveLength(10);
    for (const size of [{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }]) {
      await expect(call('GenerateDataKey', { KeyId, ...size })).rejects.toMatchObject({
        name: 'ValidationException',
      });
    }
    expect((await call('GenerateRandom', { NumberOfBytes: 24 })).Plaintext).toHaveLength(24);
    await expect(call('GenerateRandom', {})).rejects.toMatchObject(
      refused('ValidationException', 'NumberOfBytes is required.'),
    );
  });

  it('says of a dry run that it would have worked, and does nothing', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const dry = refused(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    );
    await expect(call('Encrypt', { KeyId, Plaintext: text('x'), DryRun: true })).rejects.toMatchObject(dry);
    await expect(
      call('Decrypt', { KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }),
    ).rejects.toMatchObject(dry);
    const grant = { KeyId, GranteePrincipal: user('ann').arn, Operations: ['Decrypt'], DryRun: true };
    await expect(call('CreateGrant', grant)).rejects.toMatchObject(dry);
    expect((await call('ListGrants', { KeyId })).Grants).toEqual([]);
  });

  it('makes and verifies MACs', async () => {
    const { call, makeKey } = await bench();
    const bits = ['224', '256', '384', '512'];
    for (const size of bits) {
      const { KeyId } = await makeKey({ KeySpec: `HMAC_${size}`, KeyUsage: 'GENERATE_VERIFY_MAC' });
      const input = { KeyId, Message: text('message'), MacAlgorithm: `HMAC_SHA_${size}` };
      const { Mac } = await call('GenerateMac', input);
      expect(Mac).toHaveLength(Number(size) / 8);
      expect(await call('VerifyMac', { ...input, Mac })).toMatchObject({ MacValid: true });
      await expect(call('VerifyMac', { ...input, Mac, Message: text('other') })).rejects.toMatchObject(
        refused('KMSInvalidMacException', ''),
      );
      await expect(call('VerifyMac', { ...input, Mac: Mac.subarray(1) })).rejects.toMatchObject({
        name: 'KMSInvalidMacException',
      });
      const other = `HMAC_SHA_${bits.find((one) => one !== size)}`;
      await expect(call('GenerateMac', { ...input, MacAlgorithm: other })).rejects.toMatchObject(
        refused('InvalidKeyUsageException', `Algorithm ${other} is incompatible with key spec HMAC_${size}.`),
      );
    }
    await expect(makeKey({ KeySpec: 'HMAC_256' })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('says of kinds of keys that aren’t here that they aren’t', async () => {
    const { makeKey } = await bench();
    for (const input of [
      { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
      { MultiRegion: true },
      { Origin: 'EXTERNAL' },
    ]) {
      await expect(makeKey(input)).rejects.toMatchObject({ name: 'NotImplemented', status: 501 });
    }
  });

  it('keeps to the account that a ciphertext names', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: text('secret') });
    const forged = Buffer.from(CiphertextBlob);
    forged.write('999999999999', 1, 'latin1');
    await expect(call('Decrypt', { CiphertextBlob: forged })).rejects.toMatchObject(
      refused(
        'AccessDeniedException',
        'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
      ),
    );
  });
});
