/** An authenticator as WebAuthn has them, of P-256 keys, for tests: it does what a browser and a security key do together. */
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest();
const encoded = (data: Uint8Array | string) => Buffer.from(data).toString('base64url');

interface Creation {
  challenge: string;
  rp: { id: string };
  user: { id: string };
}

interface Request {
  challenge: string;
  rpId: string;
}

/** What an attacker changes. */
export interface Deviation {
  origin?: string;
  rpId?: string;
  challenge?: string;
  counter?: number;
  userVerified?: boolean;
  type?: string;
  userHandle?: string;
}

export class Authenticator {
  readonly id = randomBytes(32);
  readonly #key: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
  });
  readonly origin: string;
  counter = 0;
  #userHandle = '';

  /** @param origin of the page that asks. */
  constructor(origin: string) {
    this.origin = origin;
  }

  /** `navigator.credentials.create`. @param options JSON, as the service handed it out. */
  create(options: unknown, deviation: Deviation = {}) {
    const { challenge, rp, user } = options as Creation;
    this.#userHandle = user.id;
    const jwk = this.#key.publicKey.export({ format: 'jwk' });
    const [x, y] = [jwk.x, jwk.y].map((part) => Buffer.from(part ?? '', 'base64url'));
    // COSE: kty EC2, alg ES256, crv P-256, x, y.
    const publicKey = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      x ?? Buffer.alloc(0),
      Buffer.from('225820', 'hex'),
      y ?? Buffer.alloc(0),
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const data = Buffer.concat([
      this.#data(deviation.rpId ?? rp.id, 0x40, deviation),
      Buffer.alloc(16),
      length,
      this.id,
      publicKey,
    ]);
    const head = Buffer.alloc(3);
    head[0] = 0x59;
    head.writeUInt16BE(data.length, 1);
    // CBOR: {"fmt": "none", "attStmt": {}, "authData": …}
    const attestation = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'),
      head,
      data,
    ]);
    return {
      ...this.#credential(),
      response: {
        clientDataJSON: this.#clientData('webauthn.create', challenge, deviation),
        attestationObject: encoded(attestation),
        transports: ['internal'],
      },
      authenticatorAttachment: 'platform',
    };
  }

  /** `navigator.credentials.get`. @param options JSON text, as challenges carry it. @returns JSON text. */
  get(options: string, deviation: Deviation = {}): string {
    const { challenge, rpId } = JSON.parse(options) as Request;
    this.counter += 1;
    const data = this.#data(deviation.rpId ?? rpId, 0, deviation);
    const clientDataJSON = this.#clientData('webauthn.get', challenge, deviation);
    const signature = createSign('sha256')
      .update(data)
      .update(sha256(Buffer.from(clientDataJSON, 'base64url')))
      .sign(this.#key.privateKey);
    return JSON.stringify({
      ...this.#credential(),
      response: {
        clientDataJSON,
        authenticatorData: encoded(data),
        signature: encoded(signature),
        userHandle: deviation.userHandle ?? this.#userHandle,
      },
    });
  }

  #credential() {
    const id = encoded(this.id);
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {} };
  }

  #clientData(type: string, challenge: string, deviation: Deviation): string {
    return encoded(
      JSON.stringify({
        type: deviation.type ?? type,
        challenge: deviation.challenge ?? challenge,
        origin: deviation.origin ?? this.origin,
        crossOrigin: false,
      }),
    );
  }

  /** Authenticator data: hash of the relying party, flags (user present, user verified, attested), counter. */
  #data(rpId: string, attested: number, { counter = this.counter, userVerified = true }: Deviation): Buffer {
    const rest = Buffer.alloc(5);
    rest[0] = 0x01 | (userVerified ? 0x04 : 0) | attested;
    rest.writeUInt32BE(counter, 1);
    return Buffer.concat([sha256(rpId), rest]);
  }
}
