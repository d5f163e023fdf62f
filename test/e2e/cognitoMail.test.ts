/** Messages of user pools that are really mailed: to an SMTP server, with retries, and without a password in any log. */
import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AdminCreateUserCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  GetLogDeliveryConfigurationCommand,
  SetLogDeliveryConfigurationCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const secret = 'sesame-4711';
const mails: string[] = [];
const lines: string[] = [];
const recipients: string[] = [];
/** Temporary failures that are still to come, and addresses that are never taken. */
let refusals = 1;
let server: SMTPServer;
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'ann' && password === secret ? done(null, { user: 'ann' }) : done(new Error('no')),
    onRcptTo({ address }, _session, done) {
      recipients.push(address);
      if (address.startsWith('nobody'))
        return done(Object.assign(new Error('no such box'), { responseCode: 550 }));
      if (refusals-- > 0) return done(Object.assign(new Error('later'), { responseCode: 451 }));
      return done();
    },
    onData(stream, _session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', () => {
        mails.push(Buffer.concat(parts).toString());
        done();
      });
    },
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  const { port } = server.server.address() as AddressInfo;
  cloud = await startCloud({
    mail: { url: `smtp://ann:${secret}@127.0.0.1:${port}`, from: 'Brume <brume@example.com>' },
    log: { level: 'debug', format: 'json', write: (line) => lines.push(line) },
  });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
});
afterAll(async () => {
  cognito.destroy();
  await cloud.close();
  await new Promise<void>((closed) => server.close(() => closed()));
});

async function makePool(EmailMessage?: string) {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      AutoVerifiedAttributes: ['email'],
      ...(EmailMessage
        ? { VerificationMessageTemplate: { EmailMessage, EmailSubject: 'Hello {username}' } }
        : {}),
    }),
  );
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'app' }),
  );
  return { UserPoolId, ClientId: UserPoolClient?.ClientId ?? '' };
}

const signUp = (ClientId: string, Username: string, Value = `${Username}@example.com`) =>
  cognito.send(
    new SignUpCommand({
      ClientId,
      Username,
      Password: 'Correct-horse7',
      UserAttributes: [{ Name: 'email', Value }],
    }),
  );

async function outbox(pool: string): Promise<{ delivery: string; problem?: string; sentAt: string }[]> {
  const page = await fetch(`${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${pool}`);
  return ((await page.json()) as { messages: { delivery: string; sentAt: string }[] }).messages;
}

const advance = (advanceMs: number) =>
  fetch(`${cloud.endpoint}/_brume/clock`, { method: 'POST', body: JSON.stringify({ advanceMs }) });

describe('mail', () => {
  it('is tried until the server takes it, and brings the code', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await signUp(ClientId, 'ann');
    await expect.poll(() => refusals).toBeLessThan(1);
    const later = async () => {
      await advance(5_000);
      return outbox(UserPoolId);
    };
    await expect.poll(later).toMatchObject([{ delivery: 'SENT' }]);
    const mail = mails.find((one) => one.includes('ann@example.com')) ?? '';
    expect(mail).toContain('From: Brume <brume@example.com>');
    expect(mail).toContain('Subject: Your verification code');
    const [, ConfirmationCode] = /(\d{6})\.?\s*$/m.exec(mail.split('\r\n\r\n')[1] ?? '') ?? [];
    await cognito.send(new ConfirmSignUpCommand({ ClientId, Username: 'ann', ConfirmationCode }));
  });

  it('stays free of the markup that users bring in their names', async () => {
    const { UserPoolId, ClientId } = await makePool('<p>Hi {username}, {####}</p>');
    await signUp(ClientId, '<a/href="x">win</a>', 'eve@example.com');
    await expect.poll(() => outbox(UserPoolId)).toMatchObject([{ delivery: 'SENT' }]);
    const mail = mails.find((one) => one.includes('eve@example.com')) ?? '';
    expect(mail).toContain('Content-Type: text/html');
    expect(mail).not.toMatch(/<a\/href/);
    expect(mail.replaceAll('=\r\n', '')).toContain('&lt;a');
  });

  it('goes to one address, whatever else could be read into it', async () => {
    const { UserPoolId, ClientId } = await makePool();
    recipients.length = 0;
    await signUp(ClientId, 'mallory', 'mallory,boss@example.com');
    const later = async () => {
      await advance(5_000);
      return (await outbox(UserPoolId))[0]?.delivery;
    };
    await expect.poll(later).not.toBe('PENDING');
    expect(recipients.length).toBeLessThanOrEqual(1);
    expect(recipients).not.toContain('boss@example.com');
  });

  it('that no server takes is given up, and told in the log of the pool', async () => {
    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/people' }));
    const { UserPoolId } = await makePool();
    const LogGroupArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/people';
    const LogConfigurations = [
      {
        LogLevel: 'ERROR' as const,
        EventSource: 'userNotification' as const,
        CloudWatchLogsConfiguration: { LogGroupArn },
      },
    ];
    await cognito.send(new SetLogDeliveryConfigurationCommand({ UserPoolId, LogConfigurations }));
    const { LogDeliveryConfiguration } = await cognito.send(
      new GetLogDeliveryConfigurationCommand({ UserPoolId }),
    );
    expect(LogDeliveryConfiguration).toEqual({ UserPoolId, LogConfigurations });
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'nobody',
        DesiredDeliveryMediums: ['EMAIL'],
        UserAttributes: [{ Name: 'email', Value: 'nobody@example.com' }],
      }),
    );
    const muchLater = async () => {
      await advance(600_000);
      return outbox(UserPoolId);
    };
    await expect.poll(muchLater).toMatchObject([{ delivery: 'FAILED' }]);
    const filter = new FilterLogEventsCommand({ logGroupName: '/people' });
    const logged = async () => (await logs.send(filter)).events ?? [];
    await expect.poll(logged).toHaveLength(1);
    const events = await logged();
    logs.destroy();
    const event = JSON.parse(events[0]?.message ?? '');
    expect(event).toMatchObject({
      eventSource: 'USER_NOTIFICATION',
      logLevel: 'ERROR',
      logSourceId: { userPoolId: UserPoolId },
    });
    expect(event.message.details).toMatch(/^Email to n\*\*\*@e\*\*\* failed: .*no such box/);
  });

  it('never leaves a password anywhere', async () => {
    expect(lines.join('')).not.toContain(secret);
    const error = await startCloud({ mail: { url: `http://ann:${secret}@host` } }).catch(String);
    expect(error).toContain('smtp://user:password@host:port');
    expect(error).not.toContain(secret);
  });
});

describe('brume cognito messages', () => {
  it('shows the code in the terminal', async () => {
    const { UserPoolId, ClientId } = await makePool();
    await signUp(ClientId, 'zoe', 'zoe@example.com');
    const { stdout } = await promisify(execFile)(process.execPath, [
      'src/cli/main.ts',
      ...['cognito', 'messages', '--endpoint', cloud.endpoint, '--pool', UserPoolId],
    ]);
    expect(stdout).toMatch(/^\S+ \d{6} {2}SignUp: zoe of us-east-1_\w+, email to zoe@example.com/);
  });
});

describe('log delivery', () => {
  it('refuses what a pool cannot log', async () => {
    const { UserPoolId } = await makePool();
    const set = (...LogConfigurations: object[]) =>
      cognito.send(
        new SetLogDeliveryConfigurationCommand({ UserPoolId, LogConfigurations: LogConfigurations as never }),
      );
    const CloudWatchLogsConfiguration = {
      LogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/people',
    };
    const right = { LogLevel: 'ERROR', EventSource: 'userNotification', CloudWatchLogsConfiguration };
    await expect(set(right, right)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(set({ ...right, LogLevel: 'INFO' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(
      set({ LogLevel: 'INFO', EventSource: 'userAuthEvents', CloudWatchLogsConfiguration }),
    ).rejects.toMatchObject({ name: 'FeatureUnavailableInTierException' });
    const foreign = { LogGroupArn: 'arn:aws:logs:us-east-1:111111111111:log-group:/people' };
    await expect(set({ ...right, CloudWatchLogsConfiguration: foreign })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});
