/** Users of a file become users of a pool: through the official SDK, with `enforce` on, and over a crash. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  CreateUserImportJobCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DescribeUserImportJobCommand,
  DescribeUserPoolCommand,
  ForgotPasswordCommand,
  GetCSVHeaderCommand,
  InitiateAuthCommand,
  ListUserImportJobsCommand,
  ListUsersCommand,
  StartUserImportJobCommand,
  StopUserImportJobCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let roleArn: string;
let strangerArn: string;

interface Target {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
  roleArn = await makeRole(cloud.clientConfig, 'import', 'cognito-idp.amazonaws.com');
  strangerArn = await makeRole(cloud.clientConfig, 'other', 'lambda.amazonaws.com');
});
afterAll(async () => {
  cognito.destroy();
  await cloud.close();
});

async function makeRole(config: Target, RoleName: string, Service: string): Promise<string> {
  const iam = new IAMClient(config);
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { Service },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: 'logs',
      PolicyDocument: document({
        Effect: 'Allow',
        Action: [
          'logs:CreateLogGroup',
          'logs:CreateLogStream',
          'logs:DescribeLogStreams',
          'logs:PutLogEvents',
        ],
        Resource: ['arn:aws:logs:*:*:log-group:/aws/cognito/*'],
      }),
    }),
  );
  iam.destroy();
  return Role?.Arn ?? '';
}

async function makePool(client = cognito, AutoVerifiedAttributes: 'email'[] = ['email']) {
  const { UserPool } = await client.send(
    new CreateUserPoolCommand({ PoolName: 'people', AutoVerifiedAttributes }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const { CSVHeader = [] } = await client.send(new GetCSVHeaderCommand({ UserPoolId }));
  const file = (...rows: Record<string, string>[]) =>
    `${[CSVHeader, ...rows.map((row) => CSVHeader.map((name) => row[name] ?? ''))].map((row) => row.join(',')).join('\n')}\n`;
  return { UserPoolId, file };
}

const user = (name: string) => ({
  'cognito:username': name,
  'cognito:mfa_enabled': 'false',
  email: `${name}@example.com`,
  email_verified: 'true',
});

async function makeJob(UserPoolId: string, CloudWatchLogsRoleArn = roleArn, client = cognito) {
  const { UserImportJob } = await client.send(
    new CreateUserImportJobCommand({ UserPoolId, JobName: 'old users', CloudWatchLogsRoleArn }),
  );
  return { UserPoolId, JobId: UserImportJob?.JobId ?? '', url: UserImportJob?.PreSignedUrl ?? '' };
}

const put = (url: string, body: string) =>
  fetch(url, { method: 'PUT', body, headers: { 'x-amz-server-side-encryption': 'aws:kms' } });

type Job = { UserPoolId: string; JobId: string };

async function ended({ UserPoolId, JobId }: Job, client = cognito) {
  return vi.waitFor(
    async () => {
      const { UserImportJob } = await client.send(new DescribeUserImportJobCommand({ UserPoolId, JobId }));
      expect(UserImportJob?.CompletionDate).toBeDefined();
      return UserImportJob;
    },
    { timeout: 60_000, interval: 100 },
  );
}

const start = ({ UserPoolId, JobId }: Job, client = cognito) =>
  client.send(new StartUserImportJobCommand({ UserPoolId, JobId }));

async function run(pool: string, content: string, role = roleArn) {
  const job = await makeJob(pool, role);
  expect((await put(job.url, content)).status).toBe(200);
  await start(job);
  return ended(job);
}

describe('an import', () => {
  it('makes users who choose a password by a code, and logs what became of each row', async () => {
    const { UserPoolId, file } = await makePool();
    const job = await makeJob(UserPoolId);
    const content = file(user('ann'), { ...user('bob'), email_verified: 'false' }, user('eve'), user('ann'));
    expect((await put(job.url, content)).status).toBe(200);
    const { UserImportJob } = await start(job);
    expect(UserImportJob?.Status).toBe('Pending');
    expect(await ended(job)).toMatchObject({
      Status: 'Succeeded',
      ImportedUsers: 2,
      SkippedUsers: 1,
      FailedUsers: 1,
      CompletionMessage: 'Import Job Completed Successfully.',
    });
    const { Users } = await cognito.send(new ListUsersCommand({ UserPoolId }));
    expect(Users?.map(({ Username, UserStatus }) => [Username, UserStatus])).toEqual([
      ['ann', 'RESET_REQUIRED'],
      ['eve', 'RESET_REQUIRED'],
    ]);
    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({
        logGroupName: `/aws/cognito/userpools/${UserPoolId}/people`,
        logStreamNames: [`${job.JobId}/old users`],
      }),
    );
    logs.destroy();
    expect(events.map(({ message }) => message)).toEqual([
      '[SUCCEEDED] Line Number 2 - The import succeeded.',
      '[FAILED] Line Number 3 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).',
      '[SUCCEEDED] Line Number 4 - The import succeeded.',
      '[SKIPPED] Line Number 5 - The user already exists.',
    ]);
    await chooseAPassword(UserPoolId, 'ann');
  });

  async function chooseAPassword(UserPoolId: string, Username: string) {
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'app',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      }),
    );
    const ClientId = UserPoolClient?.ClientId;
    const signIn = (PASSWORD: string) =>
      cognito.send(
        new InitiateAuthCommand({
          AuthFlow: 'USER_PASSWORD_AUTH',
          ClientId,
          AuthParameters: { USERNAME: Username, PASSWORD },
        }),
      );
    await expect(signIn('anything')).rejects.toMatchObject({ name: 'PasswordResetRequiredException' });
    await cognito.send(new ForgotPasswordCommand({ ClientId, Username }));
    const page = await fetch(`${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${UserPoolId}`);
    const { messages } = (await page.json()) as { messages: { code: string }[] };
    const Password = 'Correct-horse7';
    await cognito.send(
      new ConfirmForgotPasswordCommand({
        ClientId,
        Username,
        Password,
        ConfirmationCode: messages[0]?.code,
      }),
    );
    expect((await signIn(Password)).AuthenticationResult).toBeDefined();
  }

  it.each([
    ['a file that is no CSV', () => 'a\n"b', 'could not be parsed'],
    ['a header of another pool', () => 'cognito:username,email\nann,ann@example.com\n', 'does not match'],
    ['nothing', () => '', 'empty'],
  ])('fails for %s', async (_what, content, why) => {
    const { UserPoolId } = await makePool();
    expect(await run(UserPoolId, content())).toMatchObject({
      Status: 'Failed',
      CompletionMessage: expect.stringContaining(why),
      ImportedUsers: 0,
    });
    // The pool isn't held by it.
    await cognito.send(new UpdateUserPoolCommand({ UserPoolId, AutoVerifiedAttributes: ['email'] }));
  });

  it('fails when most could not be imported, and when the role does not trust Cognito', async () => {
    const { UserPoolId, file } = await makePool();
    expect(await run(UserPoolId, file({ ...user('ann'), email: 'none' }))).toMatchObject({
      Status: 'Failed',
      FailedUsers: 1,
      CompletionMessage: 'Too many users have failed or been skipped during the import.',
    });
    const most = [user('ann'), user('ann'), { ...user('cid'), email: 'none' }];
    expect(await run(UserPoolId, file(...most))).toMatchObject({
      Status: 'Failed',
      ImportedUsers: 1,
      SkippedUsers: 1,
      FailedUsers: 1,
      CompletionMessage: 'Too many users have failed or been skipped during the import.',
    });
    expect(await run(UserPoolId, file(user('bob')), strangerArn)).toMatchObject({
      Status: 'Failed',
      ImportedUsers: 0,
      CompletionMessage: expect.stringContaining('CloudWatch Logs'),
    });
  });

  it('can be stopped, and keeps others out of the pool while it is at work', async () => {
    const { UserPoolId, file } = await makePool();
    const rows = Array.from({ length: 20_000 }, (_, at) => user(`user${at}`));
    const job = await makeJob(UserPoolId);
    await put(job.url, file(...rows));
    await start(job);
    await expect(start(job)).rejects.toMatchObject({ name: 'PreconditionNotMetException' });
    await expect(
      cognito.send(new UpdateUserPoolCommand({ UserPoolId, AutoVerifiedAttributes: ['email'] })),
    ).rejects.toMatchObject({ name: 'UserImportInProgressException' });
    const other = await makeJob(UserPoolId);
    await put(other.url, file(user('x')));
    await expect(start(other)).rejects.toMatchObject({ name: 'PreconditionNotMetException' });
    const stop = () => cognito.send(new StopUserImportJobCommand({ UserPoolId, JobId: job.JobId }));
    const { UserImportJob } = await stop();
    expect(UserImportJob).toMatchObject({
      Status: 'Stopped',
      CompletionMessage: 'The Import Job was stopped by the developer.',
    });
    await expect(stop()).rejects.toMatchObject({ name: 'PreconditionNotMetException' });
    await start(other);
    expect(await ended(other)).toMatchObject({ Status: 'Succeeded', ImportedUsers: 1 });
    const { UserImportJobs = [] } = await cognito.send(
      new ListUserImportJobsCommand({ UserPoolId, MaxResults: 1 }),
    );
    expect(UserImportJobs).toHaveLength(1);
  });

  it('needs a file, and an attribute that is verified', async () => {
    const { UserPoolId } = await makePool();
    const empty = await makeJob(UserPoolId);
    await expect(start(empty)).rejects.toMatchObject({
      name: 'PreconditionNotMetException',
      message: `No csv file was uploaded for ${empty.JobId}`,
    });
    const bare = await makePool(cognito, []);
    const job = await makeJob(bare.UserPoolId);
    await put(job.url, bare.file(user('ann')));
    await expect(start(job)).rejects.toMatchObject({ name: 'PreconditionNotMetException' });
  });
});

describe('the address for the file', () => {
  it('takes it from whoever knows it, for a quarter of an hour; a job that nobody starts expires', async () => {
    const { UserPoolId, file } = await makePool();
    const job = await makeJob(UserPoolId);
    const [address] = job.url.split('?');
    const other = await makeJob(UserPoolId);
    for (const url of [
      `${address}`,
      `${address}?X-Amz-Signature=x`,
      `${address}?${other.url.split('?')[1]}`,
    ]) {
      expect((await put(url, file(user('mallory')))).status).toBe(403);
    }
    expect((await fetch(job.url)).status).toBe(405);
    expect((await put(job.url, file(user('ann')))).status).toBe(200);
    const advance = (advanceMs: number) =>
      fetch(`${cloud.endpoint}/_brume/clock`, { method: 'POST', body: JSON.stringify({ advanceMs }) });
    await advance(15 * 60_000);
    expect((await put(job.url, file(user('mallory')))).status).toBe(403);
    await advance(24 * 3_600_000);
    expect(await ended(job)).toMatchObject({ Status: 'Expired' });
    await expect(start(job)).rejects.toMatchObject({ name: 'PreconditionNotMetException' });
  });
});

describe('a crash', () => {
  it('loses no row and repeats none', async () => {
    const data = mkdtempSync(join(tmpdir(), 'brume-import-'));
    let running = await launch(data);
    let client = new CognitoIdentityProviderClient(running.config);
    try {
      const role = await makeRole(running.config, 'import', 'cognito-idp.amazonaws.com');
      const { UserPoolId, file } = await makePool(client);
      const job = await makeJob(UserPoolId, role, client);
      const count = 4_000;
      await put(job.url, file(...Array.from({ length: count }, (_, at) => user(`user${at}`))));
      await start(job, client);
      await vi.waitFor(
        async () => {
          const { UserImportJob } = await client.send(
            new DescribeUserImportJobCommand({ UserPoolId, JobId: job.JobId }),
          );
          expect(UserImportJob?.ImportedUsers).toBeGreaterThan(100);
        },
        { timeout: 60_000, interval: 20 },
      );
      await kill(running.process);
      client.destroy();
      running = await launch(data);
      client = new CognitoIdentityProviderClient(running.config);
      expect(await ended(job, client)).toMatchObject({
        Status: 'Succeeded',
        ImportedUsers: count,
        SkippedUsers: 0,
        FailedUsers: 0,
      });
      const { UserPool } = await client.send(new DescribeUserPoolCommand({ UserPoolId }));
      expect(UserPool?.EstimatedNumberOfUsers).toBe(count);
    } finally {
      client.destroy();
      await kill(running.process);
      rmSync(data, { recursive: true, force: true });
    }
  });
});

async function launch(data: string): Promise<{ process: ChildProcess; config: Target }> {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'start', '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (text) => {
      const [, found] = /ready at (\S+)/.exec(String(text)) ?? [];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error('the cloud did not start')));
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { process: child, config: { endpoint, region: 'us-east-1', credentials } };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
