/** What IAM keeps survives `kill -9`: uses once they were written, reports and deletions that were under way, sealed keys. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeleteServiceLinkedRoleCommand,
  GenerateCredentialReportCommand,
  GetAccessKeyLastUsedCommand,
  GetCredentialReportCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Server, startServer } from './support/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'brume-iam-crash-'));
let server: Server;
let iam: IAMClient;
const config = () => ({
  endpoint: server.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

async function start(): Promise<void> {
  server = await startServer(['--port', '0', '--data', folder, '--iam', 'enforce', '--log-level', 'warn']);
  iam = new IAMClient(config());
}
beforeAll(start);
afterAll(async () => {
  iam?.destroy();
  await server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function advanceAMinute(): Promise<void> {
  await fetch(`${server.endpoint}/_brume/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceMs: 61_000 }),
  });
}

async function crash(): Promise<void> {
  iam.destroy();
  await server.kill('SIGKILL');
  await start();
}

it('goes on where it was', async () => {
  await iam.send(new CreateUserCommand({ UserName: 'ada' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
  const asAda = () =>
    new DynamoDBClient({
      ...config(),
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
    }).send(new ListTablesCommand({}));
  // Signed rightly, and refused by the policies: the key was used all the same.
  await expect(asAda()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const lastUsed = async () =>
    (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).AccessKeyLastUsed;
  const used = await lastUsed();
  expect(used?.ServiceName).toBe('dynamodb');
  await advanceAMinute();
  const { Role } = await iam.send(
    new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }),
  );
  // Both answers are given once what they began is durable.
  const [{ DeletionTaskId }] = await Promise.all([
    iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: Role?.RoleName })),
    iam.send(new GenerateCredentialReportCommand({})),
  ]);

  await crash();
  // The clock of a process ends with it, and tasks fall due by the clock that they were asked for under.
  await advanceAMinute();
  expect(await lastUsed()).toEqual(used);
  await expect(asAda()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect
    .poll(
      async () => (await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))).Status,
    )
    .toBe('SUCCEEDED');
  await expect
    .poll(async () => {
      const report = await iam.send(new GetCredentialReportCommand({})).catch(() => undefined);
      return Buffer.from(report?.Content ?? []).toString();
    })
    .toContain(`ada,arn:aws:iam::000000000000:user/ada,`);
});
