import { generateKeyPairSync } from 'node:crypto';
import { generate } from 'selfsigned';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account, startOfTime, type ToyAccount, toyAccount } from '../testing/toyAccount.ts';

let toy: ToyAccount;
let certificate: string;
beforeAll(async () => {
  const { cert } = await generate([{ name: 'commonName', value: 'idp.example.com' }]);
  certificate = cert.replace(/-----[^-]+-----|\s/g, '');
});
beforeEach(async () => {
  toy = await toyAccount();
});

describe('OpenID Connect providers', () => {
  const url = 'https://token.actions.githubusercontent.com';
  const arn = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
  const thumbprint = '6938fd4d98bab03faadb97b34396831e3780aea1';

  it('is known by its address, and shown without the scheme', async () => {
    expect(
      await toy.call('CreateOpenIDConnectProvider', {
        Url: url,
        ClientIDList: ['sts.amazonaws.com', 'sts.amazonaws.com'],
        ThumbprintList: [thumbprint],
        Tags: [{ Key: 'a', Value: '1' }],
      }),
    ).toEqual({ OpenIDConnectProviderArn: arn, Tags: [{ Key: 'a', Value: '1' }] });
    expect(await toy.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })).toEqual({
      Url: 'token.actions.githubusercontent.com',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: [thumbprint],
      CreateDate: new Date(startOfTime),
      Tags: [{ Key: 'a', Value: '1' }],
    });
    expect(await toy.call('ListOpenIDConnectProviders')).toEqual({
      OpenIDConnectProviderList: [{ Arn: arn }],
    });
    await expect(toy.call('CreateOpenIDConnectProvider', { Url: url })).rejects.toMatchObject({
      code: 'EntityAlreadyExists',
      message: `Provider with url ${url} already exists.`,
    });
  });

  it('takes and gives up client ids without complaint, and a hundred at most', async () => {
    await toy.call('CreateOpenIDConnectProvider', { Url: url });
    const change = (operation: string, ClientID: string) =>
      toy.call(`${operation}OpenIDConnectProvider`, { OpenIDConnectProviderArn: arn, ClientID });
    for (const id of ['one', 'two', 'one']) await change('AddClientIDTo', id);
    for (const id of ['one', 'never']) await change('RemoveClientIDFrom', id);
    const { ClientIDList } = await toy.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn });
    expect(ClientIDList).toEqual(['two']);
    for (let n = 1; n < 100; n++) await change('AddClientIDTo', `id${n}`);
    await expect(change('AddClientIDTo', 'more')).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100',
    });
  });

  it('takes https, and http of this machine only', async () => {
    for (const Url of [
      'http://example.com',
      'http://localhost.example.com',
      'http://127.0.0.1.example.com/',
      'https://example.com/?a=1',
      'https://user@example.com/',
      'ftp://example.com',
      'example.com',
    ]) {
      await expect(toy.call('CreateOpenIDConnectProvider', { Url }), Url).rejects.toMatchObject({
        message: 'Invalid Open ID Connect Provider URL',
      });
    }
    const local = await toy.call('CreateOpenIDConnectProvider', { Url: 'http://127.0.0.1:8080/realm' });
    expect(local.OpenIDConnectProviderArn).toBe(`arn:aws:iam::${account}:oidc-provider/127.0.0.1:8080/realm`);
  });

  it('checks thumbprints, and deletes what isn’t there', async () => {
    const ThumbprintList = Array.from({ length: 6 }, () => thumbprint);
    await expect(toy.call('CreateOpenIDConnectProvider', { Url: url, ThumbprintList })).rejects.toMatchObject(
      { code: 'InvalidInput' },
    );
    await toy.call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: arn });
    await expect(
      toy.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn }),
    ).rejects.toMatchObject({ code: 'NoSuchEntity', status: 404 });
    await expect(
      toy.call('TagOpenIDConnectProvider', { OpenIDConnectProviderArn: arn, Tags: [] }),
    ).rejects.toMatchObject({ code: 'NoSuchEntity' });
  });
});

describe('SAML providers', () => {
  const arn = `arn:aws:iam::${account}:saml-provider/corporate`;
  const metadata = (more = '', x509 = certificate) =>
    `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/saml"${more}>
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${x509}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
</md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>`;
  const create = (SAMLMetadataDocument: string, more: object = {}) =>
    toy.call('CreateSAMLProvider', { Name: 'corporate', SAMLMetadataDocument, ...more });

  it('keeps the metadata as it came, and how long it counts', async () => {
    expect(await create(metadata(' validUntil="2031-01-01T00:00:00Z"'))).toEqual({ SAMLProviderArn: arn });
    expect(await toy.call('GetSAMLProvider', { SAMLProviderArn: arn })).toEqual({
      SAMLProviderUUID: expect.stringMatching(/^[A-Z0-9]{32}$/),
      SAMLMetadataDocument: metadata(' validUntil="2031-01-01T00:00:00Z"'),
      CreateDate: new Date(startOfTime),
      ValidUntil: new Date('2031-01-01T00:00:00Z'),
    });
    await toy.call('UpdateSAMLProvider', { SAMLProviderArn: arn, SAMLMetadataDocument: metadata() });
    const { SAMLProviderList } = await toy.call<{ SAMLProviderList: { ValidUntil: Date }[] }>(
      'ListSAMLProviders',
    );
    expect(SAMLProviderList[0]?.ValidUntil.getUTCFullYear()).toBe(2124);
    await expect(create(metadata())).rejects.toMatchObject({ code: 'EntityAlreadyExists' });
    await toy.call('DeleteSAMLProvider', { SAMLProviderArn: arn });
    await expect(toy.call('GetSAMLProvider', { SAMLProviderArn: arn })).rejects.toMatchObject({
      code: 'NoSuchEntity',
      message: `Manifest not found for arn ${arn}`,
    });
  });

  it('refuses what is no identity provider’s metadata, and files that would expand', async () => {
    const good = metadata();
    for (const document of [
      'no xml',
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${good}`,
      good.replace('entityID="https://idp.example.com/saml"', ''),
      good.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'),
      good.replace('signing', 'encryption'),
      metadata('', 'AAAA'),
    ]) {
      await expect(create(document)).rejects.toMatchObject({
        code: 'InvalidInput',
        message: 'Could not parse metadata',
      });
    }
  });

  it('keeps two private keys, sealed, of which encryption needs one', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(create(metadata(), { AssertionEncryptionMode: 'Required' })).rejects.toMatchObject({
      code: 'InvalidInput',
    });
    await expect(create(metadata(), { AddPrivateKey: 'no key' })).rejects.toMatchObject({
      code: 'InvalidInput',
    });
    await create(metadata(), { AssertionEncryptionMode: 'Required', AddPrivateKey: pem });
    await toy.call('UpdateSAMLProvider', { SAMLProviderArn: arn, AddPrivateKey: pem });
    await expect(
      toy.call('UpdateSAMLProvider', { SAMLProviderArn: arn, AddPrivateKey: pem }),
    ).rejects.toMatchObject({ code: 'LimitExceeded' });
    const kept = await toy.store.range({ prefix: [], limit: 100 });
    expect(kept.some(({ value }) => Buffer.from(value).includes('PRIVATE KEY'))).toBe(false);
    const { PrivateKeyList } = await toy.call<{ PrivateKeyList: { KeyId: string }[] }>('GetSAMLProvider', {
      SAMLProviderArn: arn,
    });
    expect(PrivateKeyList).toHaveLength(2);
    for (const [index, { KeyId }] of PrivateKeyList.entries()) {
      const removal = toy.call('UpdateSAMLProvider', { SAMLProviderArn: arn, RemovePrivateKey: KeyId });
      if (index === 0) await removal;
      else await expect(removal).rejects.toMatchObject({ code: 'InvalidInput' });
    }
  });
});
