/**
 * Server certificates, which belong to the account.
 *
 *   iam.serverCertificate [account, name] → ServerCertificate
 */
import { type RecordSet, recordSet } from '../../../store/index.ts';

export interface ServerCertificate {
  name: string;
  id: string;
  path: string;
  arn: string;
  uploadedAt: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  body: string;
  chain: string | undefined;
  /** Sealed by the vault; no operation tells it. */
  privateKey: Uint8Array;
  tags: Record<string, string>;
}

export const serverCertificates: RecordSet<[account: string, name: string], ServerCertificate> =
  recordSet('iam.serverCertificate');
