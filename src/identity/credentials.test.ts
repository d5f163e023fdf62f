import { describe, expect, it } from 'vitest';
import { type IamMode, IamModes, type Principal } from '../platform/index.ts';
import { emptyHash, type SignedRequest, sha256Hex } from './canonical.ts';
import { Authenticator } from './credentials.ts';
import type { ErrorFamily } from './errors.ts';
import { type SigningOptions, signRequest } from './sign.ts';
import { readCredentialScope } from './signature.ts';

const now = Date.parse('2025-06-01T12:00:00Z');
const user: Principal = {
  type: 'user',
  account: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/ann',
  userName: 'ann',
  userId: 'AIDA1',
};

interface Scene {
  mode: IamMode;
  /** As the control plane asks. */
  strictly?: boolean;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
  signedAt?: number;
  machineNow?: number;
  family?: ErrorFamily;
  headers?: Record<string, string>;
  tamper?: Record<string, string>;
  service?: string;
}

/** What becomes of a request, signed or not. */
async function identify(
  mode: IamMode,
  request: SignedRequest,
  family: ErrorFamily,
  machineNow = now,
  strictly = false,
) {
  const usual = new Authenticator({
    modes: new IamModes(mode),
    defaultAccount: '000000000000',
    rootKey: { accessKeyId: 'test', secretAccessKey: 'root-secret' },
    machineNow: () => machineNow,
    source: {
      find: async (id, token) => {
        if (id === 'AKIAUSER') return { secretAccessKey: 'user-secret', principal: user };
        if (id === 'ASIASESSION' && token === 'token')
          return { secretAccessKey: 'user-secret', principal: user, expiresAt: now };
        return undefined;
      },
    },
  });
  const authenticator = strictly ? usual.strictly() : usual;
  const scope = readCredentialScope(request.headers, request.query);
  const caller = await authenticator.identify(request, scope, family, now);
  const note = authenticator.verify(caller, request, family, now, () => emptyHash);
  return { arn: caller.principal.arn, note };
}

/** Signs a request, sends it through identify and verify. */
async function ask(scene: Scene) {
  const options: SigningOptions = {
    accessKeyId: scene.accessKeyId ?? 'AKIAUSER',
    secretAccessKey: scene.secretAccessKey ?? 'user-secret',
    region: 'eu-west-1',
    service: scene.service ?? 'dynamodb',
    now: scene.signedAt ?? now,
    ...(scene.sessionToken === undefined ? {} : { sessionToken: scene.sessionToken }),
  };
  const signed = signRequest(
    { method: 'POST', path: '/', headers: { host: 'localhost', ...scene.headers } },
    options,
  );
  const headers = { ...signed, ...scene.tamper };
  const request = {
    method: 'POST',
    path: '/',
    query: '',
    headers,
    rawHeaders: Object.entries(headers).flat(),
  };
  return identify(scene.mode, request, scene.family ?? 'rest', scene.machineNow, scene.strictly);
}

describe('who a key is', () => {
  it.each<[string, Scene, string]>([
    [
      'a 12-digit key is that account',
      { mode: 'audit', accessKeyId: '123456789012' },
      'arn:aws:iam::123456789012:root',
    ],
    [
      'any unknown key is the default account',
      { mode: 'audit', accessKeyId: 'whoever' },
      'arn:aws:iam::000000000000:root',
    ],
    [
      'the root key, whatever its secret',
      { mode: 'audit', accessKeyId: 'test', secretAccessKey: 'x' },
      'arn:aws:iam::000000000000:root',
    ],
    ['a known key', { mode: 'audit' }, user.arn],
    ['a known key, enforced', { mode: 'enforce' }, user.arn],
    [
      'the root key, enforced',
      { mode: 'enforce', accessKeyId: 'test', secretAccessKey: 'root-secret' },
      'arn:aws:iam::000000000000:root',
    ],
    [
      'the root secret opens any account',
      { mode: 'enforce', accessKeyId: '123456789012', secretAccessKey: 'root-secret' },
      'arn:aws:iam::123456789012:root',
    ],
  ])('%s', async (_what, scene, arn) => {
    expect(await ask(scene)).toEqual({ arn, note: undefined });
  });

  it('notes in audit what enforce refuses', async () => {
    const wrong: Scene = { mode: 'audit', secretAccessKey: 'wrong' };
    expect(await ask(wrong)).toMatchObject({
      arn: user.arn,
      note: expect.stringContaining('InvalidSignatureException'),
    });
    expect(await ask({ ...wrong, mode: 'off' })).toMatchObject({ arn: user.arn, note: undefined });
    expect(await ask({ mode: 'audit', accessKeyId: 'ASIASESSION', sessionToken: 'token' })).toMatchObject({
      note: expect.stringContaining('ExpiredToken'),
    });
  });
});

describe('what enforce refuses, family by family', () => {
  it.each<[string, Scene, string, number]>([
    [
      'unknown key',
      { mode: 'enforce', accessKeyId: 'AKIANOBODY', family: 'json' },
      'UnrecognizedClientException',
      400,
    ],
    ['unknown key', { mode: 'enforce', accessKeyId: 'AKIANOBODY' }, 'UnrecognizedClientException', 403],
    [
      'unknown key',
      { mode: 'enforce', accessKeyId: 'AKIANOBODY', family: 'query' },
      'InvalidClientTokenId',
      403,
    ],
    ['unknown key', { mode: 'enforce', accessKeyId: 'AKIANOBODY', family: 's3' }, 'InvalidAccessKeyId', 403],
    ['wrong secret', { mode: 'enforce', secretAccessKey: 'wrong' }, 'InvalidSignatureException', 403],
    [
      'wrong secret',
      { mode: 'enforce', secretAccessKey: 'wrong', family: 'query' },
      'SignatureDoesNotMatch',
      403,
    ],
    [
      'wrong secret of another account',
      { mode: 'enforce', accessKeyId: '123456789012', secretAccessKey: 'test' },
      'InvalidSignatureException',
      403,
    ],
    ['16 minutes ago', { mode: 'enforce', signedAt: now - 16 * 60_000 }, 'InvalidSignatureException', 403],
    [
      '16 minutes ahead',
      { mode: 'enforce', signedAt: now + 16 * 60_000, family: 's3' },
      'RequestTimeTooSkewed',
      403,
    ],
    [
      'another token',
      { mode: 'enforce', accessKeyId: 'ASIASESSION', sessionToken: 'other', family: 's3' },
      'InvalidToken',
      400,
    ],
    [
      'no token with a temporary key',
      { mode: 'enforce', accessKeyId: 'ASIASESSION', family: 's3' },
      'InvalidAccessKeyId',
      403,
    ],
    [
      'no token with a temporary key',
      { mode: 'enforce', accessKeyId: 'ASIASESSION', family: 'query' },
      'InvalidClientTokenId',
      403,
    ],
    [
      'a token with a key that has none',
      { mode: 'enforce', sessionToken: 'token', family: 'query' },
      'InvalidClientTokenId',
      403,
    ],
    [
      'a token with a key that has none',
      { mode: 'enforce', sessionToken: 'token', family: 's3' },
      'InvalidToken',
      400,
    ],
    [
      'an expired token',
      { mode: 'enforce', accessKeyId: 'ASIASESSION', sessionToken: 'token', family: 'query' },
      'ExpiredToken',
      403,
    ],
    [
      'signature version 2',
      { mode: 'enforce', tamper: { authorization: 'AWS key:signature' }, family: 's3' },
      'InvalidRequest',
      400,
    ],
    [
      'half an authorization',
      {
        mode: 'enforce',
        tamper: {
          authorization: 'AWS4-HMAC-SHA256 Credential=AKIAUSER/20250601/eu-west-1/dynamodb/aws4_request',
        },
      },
      'IncompleteSignatureException',
      403,
    ],
    [
      'an S3 header that is not signed',
      { mode: 'enforce', service: 's3', family: 's3', tamper: { 'x-amz-acl': 'public-read' } },
      'AccessDenied',
      403,
    ],
  ])('%s (%j) is %s', async (_what, scene, code, status) => {
    await expect(ask(scene)).rejects.toMatchObject({ code, status });
  });

  describe('a presigned URL of signature version 2', () => {
    const presigned = (mode: IamMode, accessKeyId: string, family: ErrorFamily = 's3') => {
      const query = `AWSAccessKeyId=${accessKeyId}&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D&Expires=1748779200`;
      const headers = { host: 'localhost' };
      const request = { method: 'GET', path: '/b/k', query, headers, rawHeaders: ['host', 'localhost'] };
      return identify(mode, request, family);
    };
    const unsupported =
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';

    it('is refused as S3 refuses it, whoever signed', async () => {
      for (const key of ['AKIAUSER', 'test', '123456789012', 'AKIANOBODY']) {
        await expect(presigned('enforce', key)).rejects.toMatchObject({
          code: 'InvalidRequest',
          status: 400,
          message: unsupported,
        });
      }
    });

    it('says who asks in the modes that refuse nobody', async () => {
      const note = `InvalidRequest: ${unsupported}`;
      const root = (account: string) => ({ arn: `arn:aws:iam::${account}:root`, note });
      expect(await presigned('audit', 'AKIAUSER')).toEqual({ arn: user.arn, note });
      expect(await presigned('audit', '123456789012')).toEqual(root('123456789012'));
      expect(await presigned('audit', 'test')).toEqual(root('000000000000'));
      expect(await presigned('audit', 'AKIANOBODY')).toEqual(root('000000000000'));
      expect(await presigned('off', 'AKIAUSER')).toEqual({ arn: user.arn, note: undefined });
    });

    it('is a query like any other where nobody presigns so', async () => {
      expect(await presigned('enforce', 'AKIAUSER', 'rest')).toEqual({ arn: 'anonymous', note: undefined });
    });
  });

  it('names the times of a skewed signature', async () => {
    await expect(ask({ mode: 'enforce', signedAt: now - 16 * 60_000, family: 'json' })).rejects.toThrow(
      'Signature expired: 20250601T114400Z is now earlier than 20250601T114500Z (20250601T120000Z - 15 min.)',
    );
  });

  it('takes what was signed by the machine\u2019s clock, wherever the clock of the cloud stands', async () => {
    const machineNow = now - 86_400_000;
    expect(await ask({ mode: 'enforce', signedAt: machineNow, machineNow })).toMatchObject({ arn: user.arn });
    await expect(
      ask({ mode: 'enforce', signedAt: machineNow - 16 * 60_000, machineNow }),
    ).rejects.toMatchObject({
      code: 'InvalidSignatureException',
    });
  });

  it('wants proof where no mode may open the door', async () => {
    for (const mode of ['off', 'audit'] as const) {
      for (const accessKeyId of ['test', '000000000000', 'whoever']) {
        await ask({ mode, accessKeyId });
        await expect(ask({ mode, accessKeyId, strictly: true })).rejects.toMatchObject({ status: 403 });
      }
    }
  });

  it('survives header names that objects have already', async () => {
    const scene: Scene = {
      mode: 'enforce',
      tamper: {
        authorization: `AWS4-HMAC-SHA256 Credential=AKIAUSER/20250601/eu-west-1/dynamodb/aws4_request, SignedHeaders=constructor;host;__proto__, Signature=${sha256Hex('')}`,
      },
    };
    await expect(ask(scene)).rejects.toMatchObject({ code: 'InvalidSignatureException' });
  });
});
