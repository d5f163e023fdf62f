/** Sign-ins and token verifications a second, with what the cryptography alone would allow beside them. */
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { Agent, request } from 'node:http';
import { APIGatewayClient, CreateDeploymentCommand, ImportRestApiCommand } from '@aws-sdk/client-api-gateway';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { hashPassword } from '../src/kernel/index.ts';
import { generator, power, powerOfGenerator, prime } from '../src/services/cognitoidp/domain/modularPower.ts';
import { httpRequest, type LoadResult, runLoad } from './lib/load.ts';
import { median, type Row, type Section } from './lib/report.ts';
import { startBrume } from './lib/servers.ts';

const password = 'Correct-horse7';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

interface People {
  poolId: string;
  clientId: string;
  users: string[];
  /** Of the first user. */
  idToken: string;
  accessToken: string;
}

export async function cognito(options: { rounds: number; durationMs: number }): Promise<Section> {
  const server = await startBrume();
  const results: Record<string, number[]> = {};
  const add = (what: string, perSecond: number) => {
    results[what] = [...(results[what] ?? []), perSecond];
  };
  try {
    const people = await populate(server.port, 64);
    // Each account may send 10,000 requests a second through its APIs.
    const accounts = Array.from({ length: 8 }, (_, index) => `${111122223330 + index}`);
    const apis = await Promise.all(accounts.map((one) => guardedApi(server.port, one, people.poolId)));
    const load = async (requests: string[], connections: number): Promise<LoadResult> => {
      const plan = { port: server.port, connections, requests, warmupMs: 1_000, expectStatus: 200 };
      const result = await runLoad({ ...plan, durationMs: options.durationMs });
      if (result.errors > 0) throw new Error(`${result.errors} unexpected answers`);
      return result;
    };
    const paths = (name: string, headers: Record<string, string>) =>
      apis.map((api) =>
        httpRequest({ method: 'GET', path: `${api}/${name}`, headers: { host: 'localhost', ...headers } }),
      );
    for (let round = 0; round < options.rounds; round++) {
      const asPassword = people.users.map((USERNAME) =>
        unsigned('InitiateAuth', {
          ClientId: people.clientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME, PASSWORD: password },
        }),
      );
      add('password', (await load(asPassword, 8)).requestsPerSecond);
      add('password alone', await hashesPerSecond(options.durationMs / 2));
      add('srp', await srpPerSecond(server.port, people, options.durationMs));
      add('srp alone', srpMathPerSecond(options.durationMs / 2));
      add(
        'GetUser',
        (await load([unsigned('GetUser', { AccessToken: people.accessToken })], 32)).requestsPerSecond,
      );
      add('verify alone', verificationsPerSecond(options.durationMs / 2));
      add(
        'authorizer',
        (await load(paths('guarded', { authorization: people.idToken }), 32)).requestsPerSecond,
      );
      add('open', (await load(paths('open', {}), 32)).requestsPerSecond);
    }
  } finally {
    await server.stop();
  }
  const of = (what: string) => median(results[what] ?? []);
  const row = (what: string, measured: string, against: string, words: string): Row => ({
    what,
    measured: `${Math.round(of(measured)).toLocaleString('en')} a second`,
    against: `${words}: ${Math.round(of(against)).toLocaleString('en')}`,
    ratio: of(measured) / of(against),
  });
  return {
    title: 'Cognito user pools',
    how: `Durable server, ${options.rounds} rounds of ${options.durationMs / 1000} s, medians. Clients of SRP do as much arithmetic as the server, on the same processors.`,
    rows: [
      row(
        'sign-ins by password, 8 connections',
        'password',
        'password alone',
        'argon2id hashes, four at a time',
      ),
      row(
        'sign-ins by SRP, 8 clients',
        'srp',
        'srp alone',
        'both sides’ powers and two RSA signatures, one thread',
      ),
      row(
        'access tokens verified (GetUser), 32 connections',
        'GetUser',
        'verify alone',
        'RSA verifications, one thread',
      ),
      row('MOCK method behind a user pool authorizer', 'authorizer', 'open', 'the same method open to all'),
    ],
  };
}

async function populate(port: number, users: number): Promise<People> {
  const client = new CognitoIdentityProviderClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials,
  });
  const { UserPool } = await client.send(new CreateUserPoolCommand({ PoolName: 'bench' }));
  const poolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await client.send(
    new CreateUserPoolClientCommand({
      UserPoolId: poolId,
      ClientName: 'bench',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  );
  const names = Array.from({ length: users }, (_, index) => `user-${index}`);
  for (const Username of names) {
    const user = { UserPoolId: poolId, Username };
    await client.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
    await client.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
  }
  client.destroy();
  const clientId = UserPoolClient?.ClientId ?? '';
  const { AuthenticationResult: tokens } = await call<{
    AuthenticationResult: { IdToken: string; AccessToken: string };
  }>(port, 'InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: names[0], PASSWORD: password },
  });
  return { poolId, clientId, users: names, idToken: tokens.IdToken, accessToken: tokens.AccessToken };
}

/** A REST API with the method `guarded` behind an authorizer, and the same as `open`. @returns its path. */
async function guardedApi(port: number, account: string, poolId: string): Promise<string> {
  const client = new APIGatewayClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: account, secretAccessKey: 'test' },
  });
  const integration = {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode":200}' },
    responses: { default: { statusCode: '200', responseTemplates: { 'application/json': '{"ok":true}' } } },
  };
  const method = (security: object[]) => ({
    get: {
      security,
      responses: { 200: { description: 'ok' } },
      'x-amazon-apigateway-integration': integration,
    },
  });
  const document = {
    openapi: '3.0.1',
    info: { title: 'bench', version: '1' },
    components: {
      securitySchemes: {
        pool: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'cognito_user_pools',
          'x-amazon-apigateway-authorizer': {
            type: 'cognito_user_pools',
            providerARNs: [`arn:aws:cognito-idp:us-east-1:000000000000:userpool/${poolId}`],
          },
        },
      },
    },
    paths: { '/guarded': method([{ pool: [] }]), '/open': method([]) },
  };
  const { id = '' } = await client.send(
    new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(document)) }),
  );
  await client.send(new CreateDeploymentCommand({ restApiId: id, stageName: 'prod' }));
  client.destroy();
  return `/_aws/execute-api/${id}/prod`;
}

const headersOf = (operation: string) => ({
  host: 'localhost',
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
});

function unsigned(operation: string, input: object): string {
  return httpRequest({
    method: 'POST',
    path: '/',
    headers: headersOf(operation),
    body: JSON.stringify(input),
  });
}

const agent = new Agent({ keepAlive: true });

function call<Answer>(port: number, operation: string, input: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, method: 'POST', agent, headers: headersOf(operation) }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as Answer);
        else reject(new Error(`${operation}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(input));
  });
}

async function srpPerSecond(port: number, people: People, durationMs: number): Promise<number> {
  const start = performance.now();
  let count = 0;
  const clients = Array.from({ length: 8 }, async (_, client) => {
    for (let turn = client; performance.now() - start < durationMs; turn += 8) {
      await signInBySrp(port, people, people.users[turn % people.users.length] ?? '');
      count += 1;
    }
  });
  await Promise.all(clients);
  return (count * 1_000) / (performance.now() - start);
}

interface Challenge {
  ChallengeParameters: Record<'SALT' | 'SECRET_BLOCK' | 'SRP_B' | 'USER_ID_FOR_SRP', string>;
}

/** As amazon-cognito-identity-js does it, but for its big numbers. */
async function signInBySrp(port: number, { poolId, clientId }: People, username: string): Promise<void> {
  const secret = number(randomBytes(32));
  const publicNumber = powerOfGenerator(secret);
  const { ChallengeParameters: told } = await call<Challenge>(port, 'InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: username, SRP_A: publicNumber.toString(16) },
  });
  const pool = poolId.slice(poolId.indexOf('_') + 1);
  const userId = told.USER_ID_FOR_SRP;
  const server = BigInt(`0x${told.SRP_B}`);
  const mixed = number(sha256(padded(publicNumber), padded(server)));
  const inner = sha256(Buffer.from(`${pool}${userId}:${password}`));
  const exponent = number(sha256(padded(BigInt(`0x${told.SALT}`)), inner));
  const multiplier = number(sha256(padded(prime), padded(generator)));
  const base = (((server - multiplier * powerOfGenerator(exponent)) % prime) + prime) % prime;
  const shared = power(base, secret + mixed * exponent);
  const extracted = createHmac('sha256', padded(mixed)).update(padded(shared)).digest();
  const key = createHmac('sha256', extracted).update('Caldera Derived Key').update(Buffer.of(1)).digest();
  const block = Buffer.from(told.SECRET_BLOCK, 'base64');
  const timestamp = timestampNow();
  await call(port, 'RespondToAuthChallenge', {
    ClientId: clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses: {
      USERNAME: userId,
      PASSWORD_CLAIM_SECRET_BLOCK: told.SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: createHmac('sha256', key.subarray(0, 16))
        .update(pool)
        .update(userId)
        .update(block)
        .update(timestamp)
        .digest('base64'),
      TIMESTAMP: timestamp,
    },
  });
}

/** `Tue Nov 10 08:12:33 UTC 2026` */
function timestampNow(): string {
  const [weekday, day, month, year, time] = new Date().toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}

/** The server's four powers, the client's three, and the signatures of two tokens. */
function srpMathPerSecond(durationMs: number): number {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const secret = number(randomBytes(32));
  const token = randomBytes(700);
  return rate(durationMs, () => {
    const a = powerOfGenerator(secret);
    powerOfGenerator(secret);
    powerOfGenerator(secret);
    power(power(a, secret), secret);
    powerOfGenerator(secret);
    power(a, secret * secret);
    sign('sha256', token, privateKey);
    sign('sha256', token, privateKey);
  });
}

function verificationsPerSecond(durationMs: number): number {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const token = randomBytes(700);
  const signature = sign('sha256', token, privateKey);
  return rate(durationMs, () => {
    if (!verify('sha256', token, publicKey, signature)) throw new Error('not verified');
  });
}

function rate(durationMs: number, work: () => void): number {
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < durationMs; count += 1) work();
  return (count * 1_000) / (performance.now() - start);
}

async function hashesPerSecond(durationMs: number): Promise<number> {
  const start = performance.now();
  let count = 0;
  const lanes = Array.from({ length: 4 }, async () => {
    for (; performance.now() - start < durationMs; count += 1) await hashPassword(password, randomBytes(16));
  });
  await Promise.all(lanes);
  return (count * 1_000) / (performance.now() - start);
}

const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

function padded(value: bigint): Buffer {
  let text = value.toString(16);
  if (text.length % 2 === 1) text = `0${text}`;
  else if (/^[89a-f]/.test(text)) text = `00${text}`;
  return Buffer.from(text, 'hex');
}

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
