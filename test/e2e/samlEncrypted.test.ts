/** Encrypted SAML assertions: IAM keeps a provider's private keys, STS opens assertions with them, nobody else sees them. */
import { constants, createCipheriv, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import {
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  GetSAMLProviderCommand,
  IAMClient,
  UpdateSAMLProviderCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleWithSAMLCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { startToyIdp, type ToyIdp } from '../../src/saml/testing/idp.ts';

const saml = 'urn:oasis:names:tc:SAML:2.0:assertion';
const signIn = 'https://signin.aws.amazon.com/saml';
const provider = 'arn:aws:iam::000000000000:saml-provider/sealed';
const role = 'arn:aws:iam::000000000000:role/visitor';
const keyPair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { format: 'pem', type: 'pkcs1' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });

let cloud: Cloud;
let iam: IAMClient;
let sts: STSClient;
let idp: ToyIdp;
const first = keyPair();
const second = keyPair();

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  iam = new IAMClient(cloud.clientConfig);
  sts = new STSClient(cloud.clientConfig);
  idp = await startToyIdp();
  await iam.send(
    new CreateSAMLProviderCommand({
      Name: 'sealed',
      SAMLMetadataDocument: idp.metadata,
      AssertionEncryptionMode: 'Allowed',
      AddPrivateKey: first.privateKey,
    }),
  );
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'visitor',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithSAML' },
        ],
      }),
    }),
  );
});
afterAll(async () => {
  iam.destroy();
  sts.destroy();
  await cloud.close();
});

/** XML Encryption 1.1: AES-256-GCM under a key of its own, which RSA-OAEP carries. */
function encrypted(xml: string, publicKey: string): string {
  return xml.replace(/<saml:Assertion.*<\/saml:Assertion>/s, (assertion) => {
    const [key, nonce] = [randomBytes(32), randomBytes(12)];
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    // What is encrypted stands alone, so its prefixes have to be declared in it.
    const alone = assertion.replace(/^<saml:Assertion(?! xmlns:saml)/, `$& xmlns:saml="${saml}"`);
    const text = Buffer.concat([nonce, cipher.update(alone), cipher.final(), cipher.getAuthTag()]);
    const carried = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, key);
    const value = (bytes: Buffer) =>
      `<xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`;
    return `<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>${value(carried)}</xenc:EncryptedKey></ds:KeyInfo>${value(text)}</xenc:EncryptedData></saml:EncryptedAssertion>`;
  });
}

function respond(tamper?: (xml: string) => string): string {
  return idp.respond({
    recipient: signIn,
    audience: signIn,
    nameId: 'ann',
    now: cloud.clock.now(),
    attributes: {
      'https://aws.amazon.com/SAML/Attributes/Role': [`${role},${provider}`],
      'https://aws.amazon.com/SAML/Attributes/RoleSessionName': 'ann',
    },
    ...(tamper ? { tamper } : {}),
  });
}

const assume = (SAMLAssertion: string) =>
  sts.send(new AssumeRoleWithSAMLCommand({ RoleArn: role, PrincipalArn: provider, SAMLAssertion }));
const update = (change: object) =>
  iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn: provider, ...change }));

describe('encrypted assertions', () => {
  it('are opened by the provider’s key, and by either of two while they are rotated', async () => {
    const forFirst = () => respond((xml) => encrypted(xml, first.publicKey));
    const forSecond = () => respond((xml) => encrypted(xml, second.publicKey));
    expect((await assume(forFirst())).AssumedRoleUser?.Arn).toMatch(/assumed-role\/visitor\/ann$/);
    await expect(assume(forSecond())).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
    await update({ AddPrivateKey: second.privateKey });
    await assume(forFirst());
    await assume(forSecond());
    const { PrivateKeyList = [] } = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn: provider }));
    await update({ RemovePrivateKey: PrivateKeyList[0]?.KeyId });
    await expect(assume(forFirst())).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
    await assume(forSecond());
  });

  it('still have to be signed', async () => {
    const changed = respond((xml) => encrypted(xml.replaceAll('>ann<', '>root<'), second.publicKey));
    await expect(assume(changed)).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
      message: 'Response signature invalid',
    });
  });

  it('are the only ones where encryption is required', async () => {
    await assume(respond());
    await update({ AssertionEncryptionMode: 'Required' });
    await expect(assume(respond())).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
    await assume(respond((xml) => encrypted(xml, second.publicKey)));
  });
});
