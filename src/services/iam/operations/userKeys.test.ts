import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { generate } from 'selfsigned';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { account, type ToyAccount, toyAccount, userPrincipal } from '../testing/toyAccount.ts';

let toy: ToyAccount;
let rsa: KeyObject;
let certificates: string[];

beforeAll(async () => {
  rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const made = await Promise.all(
    ['one', 'two', 'three'].map((value) => generate([{ name: 'commonName', value }])),
  );
  certificates = made.map(({ cert }) => cert);
});
beforeEach(async () => {
  toy = await toyAccount();
  await toy.call('CreateUser', { UserName: 'ada' });
  await toy.call('CreateUser', { UserName: 'bob' });
});

/** Written here apart from the code: RFC 4253, section 6.6. */
function sshLine(key: KeyObject): string {
  const { e = '', n = '' } = key.export({ format: 'jwk' });
  const fields = [
    Buffer.from('ssh-rsa'),
    Buffer.from(e, 'base64url'),
    Buffer.concat([Buffer.of(0), Buffer.from(n, 'base64url')]),
  ];
  const blob = Buffer.concat(
    fields.flatMap((field) => [Buffer.of(0, 0, field.length >> 8, field.length & 255), field]),
  );
  return `ssh-rsa ${blob.toString('base64')}`;
}

interface Shown {
  SSHPublicKeyId: string;
  Fingerprint: string;
  SSHPublicKeyBody: string;
}

describe('SSH public keys', () => {
  const upload = (SSHPublicKeyBody: string) =>
    toy.call<{ SSHPublicKey: Shown }>('UploadSSHPublicKey', { UserName: 'ada', SSHPublicKeyBody });
  const get = async (SSHPublicKeyId: string, Encoding: string) =>
    (
      await toy.call<{ SSHPublicKey: Shown }>('GetSSHPublicKey', {
        UserName: 'ada',
        SSHPublicKeyId,
        Encoding,
      })
    ).SSHPublicKey.SSHPublicKeyBody;

  it('comes as OpenSSH writes it or as PEM, and is told as either', async () => {
    const line = sshLine(rsa);
    const pem = rsa.export({ type: 'spki', format: 'pem' }).toString();
    const { SSHPublicKey } = await upload(`${line} ada@laptop`);
    expect(SSHPublicKey.SSHPublicKeyId).toMatch(/^APKA[A-Z2-7]{17}$/);
    const md5 = createHash('md5').update(Buffer.from(line.split(' ')[1] ?? '', 'base64'));
    expect(SSHPublicKey.Fingerprint.replaceAll(':', '')).toBe(md5.digest('hex'));
    expect(await get(SSHPublicKey.SSHPublicKeyId, 'SSH')).toBe(line);
    expect(await get(SSHPublicKey.SSHPublicKeyId, 'PEM')).toBe(pem);
    await expect(upload(pem)).rejects.toMatchObject({ code: 'DuplicateSSHPublicKey' });
  });

  it('refuses what is no RSA key of 2048 bits', async () => {
    const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const ed25519 = generateKeyPairSync('ed25519').publicKey;
    const cut = sshLine(rsa).slice(0, -40);
    for (const body of [pemOf(weak), sshLine(weak), pemOf(ed25519), 'ssh-rsa AAAA', 'ssh-rsa', cut]) {
      await expect(upload(body), body).rejects.toMatchObject({ code: 'InvalidPublicKey' });
    }
    await expect(upload('hello')).rejects.toMatchObject({ code: 'UnrecognizedPublicKeyEncoding' });
  });

  it('is switched off, listed and deleted', async () => {
    const { SSHPublicKeyId } = (await upload(sshLine(rsa))).SSHPublicKey;
    const named = { UserName: 'ada', SSHPublicKeyId };
    await toy.call('UpdateSSHPublicKey', { ...named, Status: 'Inactive' });
    await expect(toy.call('UpdateSSHPublicKey', { ...named, Status: 'Expired' })).rejects.toMatchObject({
      code: 'InvalidInput',
    });
    expect(await toy.call('ListSSHPublicKeys', {}, userPrincipal('ada'))).toMatchObject({
      SSHPublicKeys: [{ SSHPublicKeyId, Status: 'Inactive' }],
    });
    await expect(toy.call('DeleteUser', { UserName: 'ada' })).rejects.toMatchObject({
      code: 'DeleteConflict',
    });
    await expect(toy.call('DeleteSSHPublicKey', { ...named, UserName: 'bob' })).rejects.toMatchObject({
      message: `The Public Key with id ${SSHPublicKeyId} cannot be found.`,
    });
    await toy.call('DeleteSSHPublicKey', named);
    await toy.call('DeleteUser', { UserName: 'ada' });
  });
});

describe('signing certificates', () => {
  const upload = (index: number, UserName = 'ada') =>
    toy.call<{ Certificate: { CertificateId: string; Status: string } }>('UploadSigningCertificate', {
      UserName,
      CertificateBody: certificates[index],
    });

  it('has two of a user, and none of another user', async () => {
    const { Certificate } = await upload(0);
    expect(Certificate).toMatchObject({ UserName: 'ada', Status: 'Active' });
    await expect(upload(0)).rejects.toMatchObject({ code: 'EntityAlreadyExists' });
    await expect(upload(0, 'bob')).rejects.toMatchObject({ code: 'DuplicateCertificate' });
    await upload(1);
    await expect(upload(2)).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: 'Cannot exceed quota for SigningCertificatesPerUser: 2',
    });
    const named = { UserName: 'ada', CertificateId: Certificate.CertificateId };
    await toy.call('UpdateSigningCertificate', { ...named, Status: 'Inactive' });
    await toy.call('DeleteSigningCertificate', named);
    expect(
      (await toy.call<{ Certificates: object[] }>('ListSigningCertificates', { UserName: 'ada' }))
        .Certificates,
    ).toHaveLength(1);
    await expect(
      toy.call('UploadSigningCertificate', { UserName: 'bob', CertificateBody: 'no certificate' }),
    ).rejects.toMatchObject({ code: 'MalformedCertificate' });
  });
});

describe('service-specific credentials', () => {
  interface Made {
    ServiceSpecificCredential: Record<string, string>;
  }
  const create = (ServiceName: string, more: object = {}) =>
    toy.call<Made>('CreateServiceSpecificCredential', { UserName: 'ada', ServiceName, ...more });

  it('tells its password once, and keeps nothing of it', async () => {
    const { ServiceSpecificCredential: made } = await create('codecommit.amazonaws.com');
    expect(made).toMatchObject({
      ServiceUserName: `ada-at-${account}`,
      Status: 'Active',
      ServicePassword: expect.stringMatching(/^.{44}$/),
    });
    const { ServiceSpecificCredential: second } = await create('codecommit.amazonaws.com');
    expect(second.ServiceUserName).toBe(`ada+1-at-${account}`);
    await expect(create('codecommit.amazonaws.com')).rejects.toMatchObject({ code: 'LimitExceeded' });
    const kept = await toy.store.range({ prefix: [], limit: 100 });
    expect(kept.some(({ value }) => Buffer.from(value).includes(made.ServicePassword ?? ''))).toBe(false);
    const reset = await toy.call<Made>('ResetServiceSpecificCredential', {
      UserName: 'ada',
      ServiceSpecificCredentialId: made.ServiceSpecificCredentialId,
    });
    expect(reset.ServiceSpecificCredential.ServicePassword).not.toBe(made.ServicePassword);
    const listed = await toy.call<{ ServiceSpecificCredentials: object[] }>(
      'ListServiceSpecificCredentials',
      {
        AllUsers: true,
      },
    );
    expect(listed.ServiceSpecificCredentials).toHaveLength(2);
    expect(JSON.stringify(listed)).not.toContain('Password');
  });

  it('expires where it is an API key, and is for services that take one only', async () => {
    const { ServiceSpecificCredential: key } = await create('bedrock.amazonaws.com', {
      CredentialAgeDays: 1,
    });
    expect(key.ServiceCredentialSecret).toMatch(/^ABSK/);
    expect(key.ServicePassword).toBeUndefined();
    await toy.clock.advance(24 * 60 * 60_000);
    expect(await toy.call('ListServiceSpecificCredentials', { UserName: 'ada' })).toMatchObject({
      ServiceSpecificCredentials: [{ Status: 'Expired' }],
    });
    await expect(create('cassandra.amazonaws.com', { CredentialAgeDays: 1 })).rejects.toMatchObject({
      code: 'InvalidInput',
    });
    await expect(create('s3.amazonaws.com')).rejects.toMatchObject({
      code: 'NotSupportedService',
      status: 404,
    });
  });
});
