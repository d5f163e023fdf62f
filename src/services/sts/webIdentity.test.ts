/** Tokens as strangers send them, against issuers of every kind. The server's side is in test/e2e/stsWhole.test.ts. */
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { AwsError } from '../../kernel/index.ts';
import type { Jwk, OperationContext } from '../../platform/index.ts';
import type { StsRoom } from './room.ts';
import { verifyWebIdentity } from './webIdentity.ts';

const account = '111122223333';
const now = Date.UTC(2026, 0, 2);
const at = now / 1_000;
const issuer = 'https://id.example.com/tenant';
const arn = `arn:aws:iam::${account}:oidc-provider/id.example.com/tenant`;
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let rsa: Pair;
let ec: Pair;
let second: Pair;

beforeAll(async () => {
  [rsa, ec, second] = await Promise.all([
    generateKeyPair('RS256'),
    generateKeyPair('ES256'),
    generateKeyPair('RS256'),
  ]);
});

const jwk = async ({ publicKey }: Pair, more: Jwk): Promise<Jwk> => ({
  ...((await exportJWK(publicKey)) as Jwk),
  ...more,
});
const sign = ({ privateKey }: Pair, header: object, claims: object = {}) =>
  new SignJWT({ iss: issuer, sub: 'ann', aud: 'app', iat: at, exp: at + 60, ...claims })
    .setProtectedHeader({ alg: 'RS256', ...header })
    .sign(privateKey);

/** @param keys undefined: the issuer can't be read. */
function verify(token: string, keys: readonly Jwk[] | undefined, clientIds = ['app']) {
  const asked: string[] = [];
  const aws = {
    as: () => aws,
    async call(_service: string, _operation: string, input: { OpenIDConnectProviderArn: string }) {
      asked.push(input.OpenIDConnectProviderArn);
      if (input.OpenIDConnectProviderArn !== arn) throw new AwsError('NoSuchEntity', 'none', { status: 404 });
      return { ClientIDList: clientIds };
    },
  };
  const ctx = { now, aws, room: { issuers: { keys: async () => keys } } };
  return verifyWebIdentity(ctx as unknown as OperationContext<StsRoom>, token, account);
}
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('a token', () => {
  it('is verified by the key that it names, or by any that fits', async () => {
    const keys = [
      await jwk(second, { kid: 'b', use: 'sig' }),
      await jwk(rsa, { kid: 'a' }),
      await jwk(ec, { kid: 'c' }),
    ];
    const expected = { subject: 'ann', audience: 'app', provider: arn, principal: { arn, account } };
    expect(await verify(await sign(rsa, { kid: 'a' }), keys)).toMatchObject(expected);
    expect(await verify(await sign(rsa, {}), keys)).toMatchObject(expected);
    expect(await verify(await sign(ec, { kid: 'c', alg: 'ES256' }), keys)).toMatchObject(expected);
    await expect(verify(await sign(rsa, { kid: 'b' }), keys)).rejects.toEqual(
      refused('InvalidIdentityToken', /signature/),
    );
    const stranger = await generateKeyPair('RS256');
    await expect(verify(await sign(stranger, {}), keys)).rejects.toEqual(
      refused('InvalidIdentityToken', /signature/),
    );
  });

  it('is verified by keys that are for signatures', async () => {
    const token = await sign(rsa, { kid: 'a' });
    const keys = [await jwk(rsa, { kid: 'a', use: 'enc' })];
    await expect(verify(token, keys)).rejects.toEqual(refused('InvalidIdentityToken', /verification key/));
    // A shared secret among the issuer's public keys would be one that everybody has.
    const secret = Buffer.alloc(32, 7);
    const shared = { kty: 'oct', kid: 'a', k: secret.toString('base64url') } as Jwk;
    const forged = await new SignJWT({ iss: issuer, sub: 'ann', aud: 'app', iat: at, exp: at + 60 })
      .setProtectedHeader({ alg: 'HS256', kid: 'a' })
      .sign(secret);
    await expect(verify(forged, [shared])).rejects.toEqual(refused('InvalidIdentityToken', /./));
  });

  it('cannot be verified while its issuer cannot be read', async () => {
    await expect(verify(await sign(rsa, { kid: 'a' }), undefined)).rejects.toEqual(
      refused('IDPCommunicationError', /^Couldn't retrieve verification key from your identity provider/),
    );
  });

  it('is for one of the provider’s clients: its authorized party, where it names one', async () => {
    const keys = [await jwk(rsa, { kid: 'a' })];
    const token = (claims: object) => sign(rsa, { kid: 'a' }, claims);
    expect(await verify(await token({ aud: ['other', 'app'] }), keys)).toMatchObject({ audience: 'app' });
    expect(await verify(await token({ aud: 'api', azp: 'app' }), keys)).toMatchObject({
      audience: 'app',
      principal: { keys: { 'id.example.com/tenant:aud': 'app', 'id.example.com/tenant:oaud': 'api' } },
    });
    for (const claims of [{ aud: 'other' }, { aud: 'app', azp: 'other' }, { aud: ['other'] }]) {
      await expect(verify(await token(claims), keys)).rejects.toEqual(
        refused('InvalidIdentityToken', /^Incorrect token audience$/),
      );
    }
    await expect(verify(await token({ aud: undefined }), keys)).rejects.toEqual(
      refused('InvalidIdentityToken', /claim: aud/),
    );
    await expect(verify(await token({}), keys, [])).rejects.toEqual(
      refused('InvalidIdentityToken', /audience/),
    );
    for (const sub of [undefined, '', 7]) {
      await expect(verify(await token({ sub }), keys)).rejects.toEqual(
        refused('InvalidIdentityToken', /claim: sub/),
      );
    }
  });

  it('says the same whichever way its payload is read', async () => {
    const keys = [await jwk(rsa, { kid: 'a' })];
    // A payload that isn't encoded: read as Base64 it is another one.
    const payload = new TextEncoder().encode(
      JSON.stringify({ iss: issuer, sub: 'ann', aud: 'app', iat: at, exp: at + 60 }),
    );
    const raw = await new CompactSign(payload)
      .setProtectedHeader({ alg: 'RS256', kid: 'a', b64: false, crit: ['b64'] })
      .sign(rsa.privateKey)
      .catch(() => 'not.to.be');
    await expect(verify(raw, keys)).rejects.toEqual(refused('InvalidIdentityToken', /./));
  });

  it('of a Cognito identity pool needs no provider of the account', async () => {
    const keys = [await jwk(rsa, { kid: 'a' })];
    const token = await sign(
      rsa,
      { kid: 'a' },
      { iss: 'https://cognito-identity.amazonaws.com', aud: 'eu-west-1:pool', amr: ['authenticated'] },
    );
    expect(await verify(token, keys)).toMatchObject({
      provider: 'cognito-identity.amazonaws.com',
      audience: 'eu-west-1:pool',
      principal: {
        arn: 'cognito-identity.amazonaws.com',
        keys: {
          'cognito-identity.amazonaws.com:sub': 'ann',
          'cognito-identity.amazonaws.com:aud': 'eu-west-1:pool',
          'cognito-identity.amazonaws.com:amr': ['authenticated'],
        },
      },
    });
  });

  it.each([
    'http://id.example.com',
    'ftp://localhost',
    'id.example.com',
    'http://localhost.evil.example.com',
  ])('of the issuer %s is refused', async (iss) => {
    await expect(verify(await sign(rsa, { kid: 'a' }, { iss }), [])).rejects.toEqual(
      refused('InvalidIdentityToken', /^Issuer must be a valid URL$/),
    );
  });
});
