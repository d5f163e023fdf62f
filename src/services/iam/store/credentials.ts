/**
 * Credentials of users besides access keys and MFA devices. They lie under the user's unique id, so that renaming a
 * user moves nothing.
 *
 *   iam.loginProfile [userId] → LoginProfile
 *   iam.signingCertificate [userId, id] → SigningCertificate
 *   iam.sshPublicKey [userId, id] → SshPublicKey
 *   iam.serviceCredential [userId, id] → ServiceCredential
 */
import { type Reader, type RecordSet, recordSet } from '../../../store/index.ts';

export interface LoginProfile {
  createdAt: number;
  changedAt: number;
  resetRequired: boolean;
  /** As the kernel's `hashPassword` makes it. */
  hash: Uint8Array;
  /** Those of before, the newest first: as many as a policy may forbid to use again. */
  previous: Uint8Array[];
}

interface Credential {
  id: string;
  status: 'Active' | 'Inactive';
  createdAt: number;
}

export interface SigningCertificate extends Credential {
  body: string;
}

export interface SshPublicKey extends Credential {
  /** As it was uploaded: OpenSSH's line or PEM. */
  body: string;
  fingerprint: string;
}

/** Its password isn't kept: no service here takes it, and IAM never tells it again. */
export interface ServiceCredential extends Credential {
  serviceName: string;
  /** The user name that the service is told, or the public part of an API key. */
  alias: string;
  expiresAt: number | undefined;
}

export type OfUser<T> = RecordSet<[userId: string, id: string], T>;

export const loginProfiles: RecordSet<[userId: string], LoginProfile> = recordSet('iam.loginProfile');
export const signingCertificates: OfUser<SigningCertificate> = recordSet('iam.signingCertificate');
export const sshPublicKeys: OfUser<SshPublicKey> = recordSet('iam.sshPublicKey');
export const serviceCredentials: OfUser<ServiceCredential> = recordSet('iam.serviceCredential');

/** More than any quota allows a user to have of one kind. */
const perUserMax = 100;

/** All that a user has of one kind, in the order in which they were made. */
export async function credentialsOf<T extends Credential>(
  set: OfUser<T>,
  userId: string,
  reader: Reader,
): Promise<T[]> {
  const found = await set.values(reader, { under: [userId], limit: perUserMax });
  return found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}
