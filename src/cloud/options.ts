/** What a cloud can be started with. */
import { resolve } from 'node:path';
import { defaultAccount, defaultRegion } from '../kernel/index.ts';
import {
  type CognitoOptions,
  cognitoProblem,
  type DynamoDbOptions,
  type IamMode,
  type LambdaOptions,
  type MailConfig,
  mailProblem,
} from '../platform/index.ts';
import type { LogLevel } from '../telemetry/index.ts';

export {
  type DynamoDbDurations,
  durationNames,
  type LambdaDurations,
  lambdaDurationNames,
} from '../platform/index.ts';

export interface CloudOptions {
  /** 0 takes a free one (the default of `startCloud`). */
  port?: number;
  host?: string;
  /** Folder that holds the data; absent: an ephemeral cloud, whose data goes with it. */
  data?: string;
  /** What policies decide: recorded (`audit`), enforced, or not asked. */
  iam?: IamMode;
  /** Account of unknown access keys. Twelve digits. */
  account?: string;
  /** Region of requests that name none. */
  region?: string;
  /** PEM texts instead of the self-signed certificate made at the first TLS connection. */
  tls?: { cert: string; key: string };
  /** How functions are isolated; the best that the machine offers when absent. */
  sandbox?: 'bwrap' | 'process';
  /** Only the version of a language that a runtime's identifier names will do; absent, the nearest one runs. */
  strictRuntimes?: boolean;
  /** How long the environment of a function is kept after its last invocation; ten minutes when absent. Milliseconds. */
  keepIdleMs?: number;
  /** Time at which a frozen clock starts, in milliseconds since the epoch; absent: it runs with the machine. */
  startAt?: number;
  /** Whether DynamoDB enforces throughput, and how long its tables and indexes take to come and go. */
  dynamodb?: DynamoDbOptions;
  /** How long functions take to be made and changed. */
  lambda?: LambdaOptions;
  /** Whose address the tokens of user pools name. */
  cognito?: CognitoOptions;
  /** The server that takes mail; absent, mail goes to the outbox only. */
  mail?: MailConfig;
  /** Listen beyond loopback without `enforce`: anyone who reaches the port owns the cloud. */
  unsafeOpenToNetwork?: boolean;
  log?: { level?: LogLevel; format?: 'pretty' | 'json'; write?: (line: string) => void };
}

export interface ResolvedOptions extends CloudOptions {
  port: number;
  host: string;
  iam: IamMode;
  account: string;
  region: string;
}

/** A cloud can't be started like this; the message says what to do. */
export class CannotStart extends Error {}

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);

export function isLoopback(host: string): boolean {
  return loopbackHosts.has(host) || host.startsWith('127.');
}

/** @throws CannotStart when options contradict each other or the safety rules. */
export function resolveOptions(options: CloudOptions): ResolvedOptions {
  const host = options.host ?? '127.0.0.1';
  const iam = options.iam ?? 'audit';
  const account = options.account ?? defaultAccount;
  if (!/^\d{12}$/.test(account)) throw new CannotStart(`An account id has twelve digits; got ${account}.`);
  if (!isLoopback(host) && iam !== 'enforce' && !options.unsafeOpenToNetwork) {
    throw new CannotStart(
      `Listening on ${host} opens this cloud to the network, and with --iam ${iam} anyone who reaches it owns it. ` +
        'Start it with --iam enforce, or with --unsafe-open-to-network if that is what you want.',
    );
  }
  const problem =
    (options.mail && mailProblem(options.mail)) ?? (options.cognito && cognitoProblem(options.cognito));
  if (problem !== undefined) throw new CannotStart(problem);
  return {
    ...options,
    port: options.port ?? 0,
    host,
    iam,
    account,
    region: options.region ?? defaultRegion,
    ...(options.data === undefined ? {} : { data: resolve(options.data) }),
  };
}
