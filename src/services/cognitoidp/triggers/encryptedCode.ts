/**
 * Secrets as functions get them: a message of the AWS Encryption SDK, format version 2, algorithm suite 0x0478 (AES-256-GCM,
 * HKDF-SHA512, key commitment, no signature), which every commitment policy of the SDK decrypts.
 * https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
import { createCipheriv, hkdfSync } from 'node:crypto';

export interface DataKey {
  /** 32 bytes. */
  plaintext: Uint8Array;
  ciphertext: Uint8Array;
  /** The key it is encrypted under. */
  keyArn: string;
}

const version = 2;
const suite = Buffer.from([0x04, 0x78]);
const messageIdBytes = 32;
const frameBytes = 4_096;
const framed = 2;
const ivBytes = 12;
const firstFrame = 1;

/**
 * @param text fits one frame. @param context the encryption context that the data key was made with.
 * @param random gives as many random bytes as it is asked for.
 */
export function encryptedCode(
  text: string,
  { plaintext, ciphertext, keyArn }: DataKey,
  context: Readonly<Record<string, string>>,
  random: (length: number) => Uint8Array,
): string {
  const messageId = random(messageIdBytes);
  const derived = (info: Uint8Array | string) =>
    Buffer.from(hkdfSync('sha512', plaintext, messageId, info, 32));
  const key = derived(Buffer.concat([suite, Buffer.from('DERIVEKEY')]));
  const header = Buffer.concat([
    Buffer.from([version]),
    suite,
    messageId,
    counted(contextBytes(context)),
    uint16(1),
    counted(Buffer.from('aws-kms')),
    counted(Buffer.from(keyArn)),
    counted(ciphertext),
    Buffer.from([framed]),
    uint32(frameBytes),
    derived('COMMITKEY'),
  ]);
  // The key is this message's own: the header's nonce is zero, those of frames are their numbers.
  const { tag: headerTag } = sealed(key, Buffer.alloc(ivBytes), header, Buffer.alloc(0));
  return Buffer.concat([header, headerTag, finalFrame(key, messageId, Buffer.from(text))]).toString('base64');
}

function finalFrame(key: Buffer, messageId: Uint8Array, content: Buffer): Buffer {
  const iv = Buffer.alloc(ivBytes);
  iv.writeUInt32BE(firstFrame, ivBytes - 4);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(content.length));
  const authenticated = Buffer.concat([
    messageId,
    Buffer.from('AWSKMSEncryptionClient Final Frame'),
    uint32(firstFrame),
    length,
  ]);
  const { text, tag } = sealed(key, iv, authenticated, content);
  return Buffer.concat([uint32(0xffffffff), uint32(firstFrame), iv, uint32(content.length), text, tag]);
}

function sealed(
  key: Buffer,
  iv: Buffer,
  authenticated: Buffer,
  plain: Buffer,
): { text: Buffer; tag: Buffer } {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(authenticated);
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { text, tag: cipher.getAuthTag() };
}

/** Pairs in the order of their keys' bytes. */
function contextBytes(context: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(context)
    .map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const)
    .sort(([one], [other]) => Buffer.compare(one, other));
  const written = pairs.flatMap(([name, value]) => [counted(name), counted(value)]);
  return Buffer.concat([uint16(pairs.length), ...written]);
}

const counted = (bytes: Uint8Array): Buffer => Buffer.concat([uint16(bytes.length), bytes]);

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
