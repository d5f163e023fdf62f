/**
 * What IAM tells later: reports, deletions under way, when something was last used.
 *
 *   iam.credentialReport [account] → CredentialReport
 *   iam.roleDeletion [account, taskId] → RoleDeletion
 *   iam.lastUse [access key id, or ARN of a role] → LastUse
 */
import { type RecordSet, recordSet } from '../../../store/index.ts';

export type CredentialReport =
  | { state: 'STARTED'; startedAt: number }
  | { state: 'COMPLETE'; generatedAt: number; csv: string };

export interface RoleDeletion {
  id: string;
  roleName: string;
  roleId: string;
  status: 'IN_PROGRESS' | 'SUCCEEDED';
}

export interface LastUse {
  at: number;
  /** As the service signs: `s3`. */
  service: string;
  region: string;
}

export const credentialReports: RecordSet<[account: string], CredentialReport> =
  recordSet('iam.credentialReport');
export const roleDeletions: RecordSet<[account: string, taskId: string], RoleDeletion> =
  recordSet('iam.roleDeletion');
export const lastUses: RecordSet<[id: string], LastUse> = recordSet('iam.lastUse');
