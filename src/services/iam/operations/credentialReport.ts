/** Credential reports: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html and API_GetCredentialReport.html */
import type { Reader } from '../../../store/index.ts';
import { credentialReport, type ReportedUser } from '../domain/credentialReport.ts';
import { expiryOf } from '../domain/passwords.ts';
import { ReportExpired, ReportInProgress, ReportNotPresent } from '../errors.ts';
import { credentialReportMs } from '../limits.ts';
import { arnOf, type IamContext, type IamRoom } from '../room.ts';
import { credentialsOf, loginProfiles, signingCertificates } from '../store/credentials.ts';
import { credentialReports } from '../store/reports.ts';
import { accounts, type User, users } from '../store.ts';

/** "If the most recent report for the account is older than four hours, or if there are no previous reports", a new one is made. */
export async function GenerateCredentialReport(ctx: IamContext) {
  const { room, account, now } = ctx;
  return await room.store.transactAside(async (tx) => {
    const report = await credentialReports.get(tx, account);
    if (report?.state === 'STARTED') return { State: 'INPROGRESS' as const };
    if (report && now < report.generatedAt + credentialReportMs) return { State: 'COMPLETE' as const };
    credentialReports.put(tx, [account], { state: 'STARTED', startedAt: now });
    await room.credentialReports.enqueue(tx, { account }, { id: account });
    return {
      State: 'STARTED' as const,
      Description: 'No report exists. Starting a new report generation task',
    };
  });
}

export async function GetCredentialReport({ room, account, now }: IamContext) {
  const report = await credentialReports.get(room.store.reader, account);
  // AWS says nothing more of it.
  if (!report) throw new ReportNotPresent('');
  if (report.state === 'STARTED') throw new ReportInProgress('The credential report is being generated.');
  if (now >= report.generatedAt + credentialReportMs) {
    throw new ReportExpired('The credential report has expired. Generate a new one.');
  }
  return {
    Content: Buffer.from(report.csv),
    ReportFormat: 'text/csv' as const,
    GeneratedTime: new Date(report.generatedAt),
  };
}

/** The background's part. */
export async function makeCredentialReport(room: IamRoom, account: string, now: number): Promise<void> {
  await room.uses.flush();
  await room.store.transactAside(async (tx) => {
    const rows: ReportedUser[] = [root(account)];
    for await (const user of room.store.all(users, account, tx))
      rows.push(await rowOf(room, account, user, tx));
    credentialReports.put(tx, [account], {
      state: 'COMPLETE',
      generatedAt: now,
      csv: credentialReport(rows),
    });
  });
}

/** An account here has a root user and no day on which it was made. */
function root(account: string): ReportedUser {
  return {
    name: '<root_account>',
    arn: arnOf(account, 'root', '', ''),
    createdAt: 0,
    password: 'not_supported',
    hasMfa: false,
    accessKeys: [],
    certificates: [],
  };
}

async function rowOf(room: IamRoom, account: string, user: User, reader: Reader): Promise<ReportedUser> {
  const profile = await loginProfiles.get(reader, user.id);
  const policy = (await accounts.get(reader, account))?.passwordPolicy;
  const keys = await room.store.keysOf(account, user.name, reader);
  const certificates = await credentialsOf(signingCertificates, user.id, reader);
  return {
    name: user.name,
    arn: user.arn,
    createdAt: user.createdAt,
    password: profile && {
      changedAt: profile.changedAt,
      nextRotation: expiryOf(profile.changedAt, policy),
    },
    hasMfa: (user.mfaDevices ?? []).length > 0,
    accessKeys: await Promise.all(
      keys.map(async (key) => ({
        isActive: key.status === 'Active',
        createdAt: key.createdAt,
        lastUse: await room.uses.of(key.id, reader),
      })),
    ),
    certificates: certificates.map(({ status, createdAt }) => ({ isActive: status === 'Active', createdAt })),
  };
}
