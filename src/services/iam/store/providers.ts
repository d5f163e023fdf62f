/**
 * Identity providers that roles may trust.
 *
 *   iam.oidcProvider [account, arn] → OidcProvider    iam.samlProvider [account, arn] → SamlProvider
 */
import { type RecordSet, recordSet } from '../../../store/index.ts';

export interface OidcProvider {
  arn: string;
  /** As it was given; what is shown lacks the scheme. */
  url: string;
  clientIds: string[];
  thumbprints: string[];
  createdAt: number;
  tags: Record<string, string>;
}

export interface SamlProvider {
  arn: string;
  name: string;
  uuid: string;
  metadata: string;
  createdAt: number;
  /** Milliseconds since the epoch: what the metadata says, or a hundred years. */
  validUntil: number;
  encryption: 'Required' | 'Allowed' | undefined;
  /** For encrypted assertions; the keys are sealed by the vault. */
  privateKeys: { id: string; createdAt: number; pem: Uint8Array }[];
  tags: Record<string, string>;
}

export const oidcProviders: RecordSet<[account: string, arn: string], OidcProvider> =
  recordSet('iam.oidcProvider');
export const samlProviders: RecordSet<[account: string, arn: string], SamlProvider> =
  recordSet('iam.samlProvider');
