/** Data keys and random bytes. https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html and its neighbours. */
import { NotImplemented, ValidationException } from '../../../kernel/index.ts';
import type { EncryptionContext } from '../domain/cipher.ts';
import { keyArn } from '../domain/keys.ts';
import { wouldHaveSucceeded } from '../errors.ts';
import type { Context } from '../room.ts';
import { encryptionKey, encryptWith } from './encryption.ts';

interface DataKeyInput {
  KeyId: string;
  EncryptionContext?: EncryptionContext;
  NumberOfBytes?: number;
  KeySpec?: string;
  Recipient?: object;
  DryRun?: boolean;
}

const bytesOfSpec: Readonly<Record<string, number>> = { AES_128: 16, AES_256: 32 };

export async function GenerateDataKey(ctx: Context, input: DataKeyInput) {
  const { plain, ...answer } = await generate(ctx, input, 'GenerateDataKey');
  return { ...answer, Plaintext: plain };
}

export async function GenerateDataKeyWithoutPlaintext(ctx: Context, input: DataKeyInput) {
  const { plain: _secret, ...answer } = await generate(ctx, input, 'GenerateDataKeyWithoutPlaintext');
  return answer;
}

async function generate(ctx: Context, input: DataKeyInput, operation: string) {
  if (input.Recipient) throw new NotImplemented('The member Recipient of KMS, which answers to enclaves');
  const size = sizeOf(input);
  const key = await encryptionKey(ctx, input.KeyId, operation);
  if (input.DryRun) throw wouldHaveSucceeded();
  const plain = ctx.room.ids.bytes(size);
  return {
    CiphertextBlob: encryptWith(ctx, key, plain, input.EncryptionContext),
    plain,
    KeyId: keyArn(key),
    KeyMaterialId: key.materials.at(-1)?.id,
  };
}

/** @throws ValidationException */
function sizeOf({ NumberOfBytes: bytes, KeySpec: spec }: DataKeyInput): number {
  if ((bytes === undefined) === (spec === undefined)) {
    throw new ValidationException('Please specify either number of bytes or key spec.');
  }
  return bytes ?? bytesOfSpec[spec ?? ''] ?? 0;
}

export async function GenerateRandom(
  ctx: Context,
  input: { NumberOfBytes?: number; CustomKeyStoreId?: string; Recipient?: object },
) {
  if (input.CustomKeyStoreId !== undefined) throw new NotImplemented('Custom key stores of KMS');
  if (input.Recipient) throw new NotImplemented('The member Recipient of KMS, which answers to enclaves');
  if (input.NumberOfBytes === undefined) throw new ValidationException('NumberOfBytes is required.');
  return { Plaintext: ctx.room.ids.bytes(input.NumberOfBytes) };
}
