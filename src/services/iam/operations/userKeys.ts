/**
 * SSH public keys and signing certificates of users:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html, API_UploadSigningCertificate.html and
 * their neighbours.
 */
import type {
  DeleteSigningCertificateRequest,
  DeleteSSHPublicKeyRequest,
  GetSSHPublicKeyRequest,
  ListSigningCertificatesRequest,
  ListSSHPublicKeysRequest,
  UpdateSigningCertificateRequest,
  UpdateSSHPublicKeyRequest,
  UploadSigningCertificateRequest,
  UploadSSHPublicKeyRequest,
} from '@aws-sdk/client-iam';
import { base32Alphabet } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { readCertificate } from '../domain/certificates.ts';
import { readSshKey } from '../domain/sshKeys.ts';
import {
  DuplicateCertificate,
  DuplicateSSHPublicKey,
  EntityAlreadyExists,
  InvalidInput,
  LimitExceeded,
  NoSuchEntity,
} from '../errors.ts';
import { signingCertificatesPerUserMax, sshPublicKeysPerUserMax } from '../limits.ts';
import { type IamContext, pageOf, uniqueId, userNamed, userOf } from '../room.ts';
import {
  credentialsOf,
  type OfUser,
  type SigningCertificate,
  type SshPublicKey,
  signingCertificates,
  sshPublicKeys,
} from '../store/credentials.ts';
import { type User, users } from '../store.ts';

const certificateIdLength = 32;

export async function UploadSSHPublicKey(ctx: IamContext, input: UploadSSHPublicKeyRequest) {
  const body = input.SSHPublicKeyBody as string;
  const { fingerprint } = readSshKey(body);
  const key: SshPublicKey = {
    id: uniqueId(ctx.room, 'APKA'),
    status: 'Active',
    createdAt: ctx.now,
    body,
    fingerprint,
  };
  const user = await ctx.room.store.transactAside(async (tx) => {
    const owner = await userNamed(ctx, input.UserName as string, tx);
    const others = await credentialsOf(sshPublicKeys, owner.id, tx);
    if (others.some((other) => other.fingerprint === fingerprint)) {
      throw new DuplicateSSHPublicKey('The SSH public key is already associated with the user.');
    }
    if (others.length >= sshPublicKeysPerUserMax) {
      throw new LimitExceeded(`Cannot exceed quota for SSHPublicKeysPerUser: ${sshPublicKeysPerUserMax}`);
    }
    sshPublicKeys.put(tx, [owner.id, key.id], key);
    return owner;
  });
  return { SSHPublicKey: { ...shownKey(user, key), Fingerprint: fingerprint, SSHPublicKeyBody: body } };
}

export async function GetSSHPublicKey(ctx: IamContext, input: GetSSHPublicKeyRequest) {
  const user = await userNamed(ctx, input.UserName as string);
  const key = await sshPublicKeys.get(ctx.room.store.reader, user.id, input.SSHPublicKeyId as string);
  if (!key) throw missingKey(input.SSHPublicKeyId);
  const { ssh, pem } = readSshKey(key.body);
  return {
    SSHPublicKey: {
      ...shownKey(user, key),
      Fingerprint: key.fingerprint,
      SSHPublicKeyBody: input.Encoding === 'PEM' ? pem : ssh,
    },
  };
}

export async function ListSSHPublicKeys(ctx: IamContext, input: ListSSHPublicKeysRequest) {
  const user = await userNamed(ctx, userOf(ctx, input.UserName));
  const all = await credentialsOf(sshPublicKeys, user.id, ctx.room.store.reader);
  const { page, paging } = pageOf(all, input);
  return { SSHPublicKeys: page.map((key) => shownKey(user, key)), ...paging };
}

export async function UpdateSSHPublicKey(ctx: IamContext, input: UpdateSSHPublicKeyRequest) {
  const missing = missingKey(input.SSHPublicKeyId);
  return await change(ctx, sshPublicKeys, input.UserName, input.SSHPublicKeyId, missing, (user, key, tx) =>
    sshPublicKeys.put(tx, [user.id, key.id], { ...key, status: settable(input.Status) }),
  );
}

export async function DeleteSSHPublicKey(ctx: IamContext, input: DeleteSSHPublicKeyRequest) {
  const missing = missingKey(input.SSHPublicKeyId);
  return await change(ctx, sshPublicKeys, input.UserName, input.SSHPublicKeyId, missing, (user, key, tx) =>
    sshPublicKeys.delete(tx, user.id, key.id),
  );
}

export async function UploadSigningCertificate(ctx: IamContext, input: UploadSigningCertificateRequest) {
  const { room, account } = ctx;
  const body = input.CertificateBody as string;
  const { fingerprint256 } = readCertificate(body);
  const certificate: SigningCertificate = {
    id: room.ids.token(certificateIdLength, base32Alphabet),
    status: 'Active',
    createdAt: ctx.now,
    body,
  };
  const user = await room.store.transactAside(async (tx) => {
    const owner = await userNamed(ctx, userOf(ctx, input.UserName), tx);
    // "The same certificate is associated with an IAM user in the account": whoever it is.
    for await (const other of room.store.all(users, account, tx)) {
      const theirs = await credentialsOf(signingCertificates, other.id, tx);
      if (!theirs.some((one) => readCertificate(one.body).fingerprint256 === fingerprint256)) continue;
      if (other.id !== owner.id)
        throw new DuplicateCertificate('The certificate is associated with another user.');
      throw new EntityAlreadyExists('The certificate already exists.');
    }
    const others = await credentialsOf(signingCertificates, owner.id, tx);
    if (others.length >= signingCertificatesPerUserMax) {
      throw new LimitExceeded(
        `Cannot exceed quota for SigningCertificatesPerUser: ${signingCertificatesPerUserMax}`,
      );
    }
    signingCertificates.put(tx, [owner.id, certificate.id], certificate);
    return owner;
  });
  return { Certificate: shownCertificate(user, certificate) };
}

export async function ListSigningCertificates(ctx: IamContext, input: ListSigningCertificatesRequest) {
  // Without a name: whoever asks, and the root user has none of these.
  if (input.UserName === undefined && ctx.principal.type === 'root')
    return { Certificates: [], IsTruncated: false };
  const user = await userNamed(ctx, userOf(ctx, input.UserName));
  const all = await credentialsOf(signingCertificates, user.id, ctx.room.store.reader);
  const { page, paging } = pageOf(all, input);
  return { Certificates: page.map((certificate) => shownCertificate(user, certificate)), ...paging };
}

export async function UpdateSigningCertificate(ctx: IamContext, input: UpdateSigningCertificateRequest) {
  const { CertificateId } = input;
  const missing = missingCertificate(CertificateId);
  return await change(ctx, signingCertificates, input.UserName, CertificateId, missing, (user, one, tx) =>
    signingCertificates.put(tx, [user.id, one.id], { ...one, status: settable(input.Status) }),
  );
}

export async function DeleteSigningCertificate(ctx: IamContext, input: DeleteSigningCertificateRequest) {
  const { CertificateId } = input;
  const missing = missingCertificate(CertificateId);
  return await change(ctx, signingCertificates, input.UserName, CertificateId, missing, (user, one, tx) =>
    signingCertificates.delete(tx, user.id, one.id),
  );
}

async function change<T>(
  ctx: IamContext,
  set: OfUser<T>,
  userName: string | undefined,
  id: string | undefined,
  missing: Error,
  edit: (user: User, credential: T, tx: Transaction) => void,
): Promise<object> {
  await ctx.room.store.transactAside(async (tx) => {
    const user = await userNamed(ctx, userOf(ctx, userName), tx);
    const credential = await set.get(tx, user.id, id as string);
    if (!credential) throw missing;
    edit(user, credential, tx);
  });
  return {};
}

/** Nobody sets `Expired`: time does. */
export function settable(status: string | undefined): 'Active' | 'Inactive' {
  if (status === 'Active' || status === 'Inactive') return status;
  throw new InvalidInput('The status must be Active or Inactive.');
}

function missingKey(id: string | undefined) {
  return new NoSuchEntity(`The Public Key with id ${id} cannot be found.`);
}

function missingCertificate(id: string | undefined) {
  return new NoSuchEntity(`The Certificate with id ${id} cannot be found.`);
}

function shownKey(user: User, key: SshPublicKey) {
  return {
    UserName: user.name,
    SSHPublicKeyId: key.id,
    Status: key.status,
    UploadDate: new Date(key.createdAt),
  };
}

function shownCertificate(user: User, certificate: SigningCertificate) {
  return {
    UserName: user.name,
    CertificateId: certificate.id,
    CertificateBody: certificate.body,
    Status: certificate.status,
    UploadDate: new Date(certificate.createdAt),
  };
}
