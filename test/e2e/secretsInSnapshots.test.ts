/** What is sealed at rest opens in the cloud that a snapshot is loaded into, also after that one's restart. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'brume-snapshots-'));
const clouds: Cloud[] = [];
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

it('keys, passwords and tokens go on elsewhere', async () => {
  const first = await startCloud({ iam: 'enforce' });
  clouds.push(first);
  const iam = new IAMClient(first.clientConfig);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const pool = new CognitoIdentityProviderClient(first.clientConfig);
  const { UserPool } = await pool.send(new CreateUserPoolCommand({ PoolName: 'people' }));
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await pool.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  const user = { UserPoolId, Username: 'ann' };
  const password = 'Correct-horse7';
  await pool.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
  await pool.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
  const initiate = (
    cloud: Cloud,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' | 'REFRESH_TOKEN_AUTH',
    told: object,
  ) =>
    new CognitoIdentityProviderClient(cloud.clientConfig).send(
      new AdminInitiateAuthCommand({
        UserPoolId,
        ClientId: UserPoolClient?.ClientId,
        AuthFlow,
        AuthParameters: told as Record<string, string>,
      }),
    );
  const byPassword = { USERNAME: 'ann', PASSWORD: password };
  const { AuthenticationResult } = await initiate(first, 'ADMIN_USER_PASSWORD_AUTH', byPassword);
  const file = join(folder, 'snapshot');
  await first.snapshot.save(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const worksIn = async (cloud: Cloud) => {
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    const { Arn } = await new STSClient({ ...cloud.clientConfig, credentials }).send(
      new GetCallerIdentityCommand({}),
    );
    expect(Arn).toBe('arn:aws:iam::000000000000:user/ann');
    const again = await initiate(cloud, 'ADMIN_USER_PASSWORD_AUTH', byPassword);
    expect(again.AuthenticationResult?.IdToken).toBeTruthy();
    const refreshed = await initiate(cloud, 'REFRESH_TOKEN_AUTH', {
      REFRESH_TOKEN: AuthenticationResult?.RefreshToken,
    });
    expect(refreshed.AuthenticationResult?.AccessToken).toBeTruthy();
  };
  const data = join(folder, 'data');
  const second = await startCloud({ iam: 'enforce', data });
  await second.snapshot.load(file);
  await worksIn(second);
  await second.close();
  const restarted = await startCloud({ iam: 'enforce', data });
  clouds.push(restarted);
  await worksIn(restarted);
});
