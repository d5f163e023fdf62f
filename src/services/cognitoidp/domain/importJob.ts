/** What is kept of an import of users. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserImportJobType.html */
export type ImportStatus =
  | 'Created'
  | 'Pending'
  | 'InProgress'
  | 'Stopped'
  | 'Expired'
  | 'Failed'
  | 'Succeeded';

export interface ImportJob {
  id: string;
  poolId: string;
  name: string;
  /** Writes what became of the rows to CloudWatch Logs. */
  roleArn: string;
  status: ImportStatus;
  /** CompletionMessage. */
  message?: string;
  /** Sealed for `cognitoidp.importUpload/ID`: what the address for the file is signed with. */
  token: Uint8Array;
  /** The uploaded file, until the job has ended. Size in bytes. */
  file?: { id: string; size: number };
  imported: number;
  skipped: number;
  failed: number;
  /** Rows that are done, the header not counted. */
  rows: number;
  /** What became of the last of them: logged once more when a crash came before. */
  unlogged: string[];
  createdAt: number;
  startedAt?: number;
  completedAt?: number;
}
