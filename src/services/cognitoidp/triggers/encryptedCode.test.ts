import { randomBytes } from 'node:crypto';
import { buildClient, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node';
import { describe, expect, it } from 'vitest';
import { encryptedCode } from './encryptedCode.ts';

const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012';
const context = { 'userpool-id': 'us-east-1_example', b: 'ä' };
const plaintext = new Uint8Array(randomBytes(32));
const ciphertext = new Uint8Array(randomBytes(150));
const message = (code: string) =>
  encryptedCode(code, { plaintext, ciphertext, keyArn }, context, randomBytes);

/** The real SDK, its KMS played by somebody who knows the one data key. */
function decrypt(text: string, policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT) {
  const asked: unknown[] = [];
  const client = {
    decrypt: async (input: { CiphertextBlob: Uint8Array }) => {
      asked.push(input);
      return { KeyId: keyArn, Plaintext: plaintext };
    },
  };
  const keyring = new KmsKeyringNode({ keyIds: [keyArn], clientProvider: () => client as never });
  const opened = buildClient(policy).decrypt(keyring, Buffer.from(text, 'base64'));
  return opened.then(({ plaintext: found, messageHeader }) => ({
    code: found.toString(),
    context: { ...messageHeader.encryptionContext },
    asked,
  }));
}

describe('a code as functions get it', () => {
  it.each([CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT])(
    'is read by the AWS Encryption SDK under %s',
    async (policy) => {
      expect(await decrypt(message('123456'), policy)).toEqual({
        code: '123456',
        context,
        asked: [expect.objectContaining({ KeyId: keyArn, EncryptionContext: context })],
      });
      // A temporary password as long as AWS lets it be.
      const password = 'ß'.repeat(256);
      expect((await decrypt(message(password), policy)).code).toBe(password);
    },
  );

  it('tells the code to nobody who has changed a byte of it', async () => {
    const whole = Buffer.from(message('123456'), 'base64');
    for (let at = 0; at < whole.length; at += 1) {
      const forged = Buffer.from(whole);
      forged[at] = (forged[at] as number) ^ 1;
      const outcome = await decrypt(forged.toString('base64')).catch(() => undefined);
      // The ciphertext of the data key is KMS's to check, which here takes all.
      const isDataKey = whole.subarray(0, at + 1).includes(Buffer.from(keyArn)) && outcome?.code === '123456';
      if (!isDataKey) expect(outcome).toBeUndefined();
    }
  });

  it('is another one each time', () => {
    expect(message('123456')).not.toBe(message('123456'));
  });
});
