/** `brume start`: one ready line on standard output, everything else on standard error. */
import { readFileSync } from 'node:fs';
import { CannotStart, type CloudOptions, startCloud } from '../../cloud/index.ts';
import type { DynamoDbDurations, LambdaDurations } from '../../cloud/options.ts';
import { exitCodes, Failure } from '../failure.ts';

export interface StartOptions {
  port: number;
  host: string;
  data: string;
  ephemeral?: boolean;
  iam: 'audit' | 'enforce' | 'off';
  account?: string;
  region?: string;
  tlsCert?: string;
  tlsKey?: string;
  sandbox?: 'bwrap' | 'process';
  strictRuntimes?: boolean;
  keepIdle?: number;
  dynamodbThroughput?: 'enforce' | 'off';
  dynamodbDurations?: Partial<DynamoDbDurations>;
  lambdaDurations?: Partial<LambdaDurations>;
  cognitoIssuer?: string;
  smtp?: string;
  mailFrom?: string;
  unsafeOpenToNetwork?: boolean;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export async function start(options: StartOptions): Promise<void> {
  const cloud = await startCloud(cloudOptions(options)).catch((error: unknown) => {
    throw error instanceof CannotStart
      ? new Failure(error.message, { exitCode: exitCodes.cannotStart, cause: error })
      : error;
  });
  // process.uptime() counts from the start of the process: what a person waits for, the loading of code included.
  process.stdout.write(`Brume is ready at ${cloud.endpoint} in ${Math.round(process.uptime() * 1000)} ms\n`);
  let stopping = false;
  const stop = () => {
    // A second signal means now: what was acknowledged is safe either way.
    if (stopping) process.exit(exitCodes.failed);
    stopping = true;
    process.stderr.write('Stopping after what is in flight; once more to stop at once.\n');
    void cloud.close();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  await cloud.closed;
  process.exit(exitCodes.done);
}

function cloudOptions(options: StartOptions): CloudOptions {
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined)) {
    throw new Failure('--tls-cert and --tls-key go together.', { exitCode: exitCodes.usage });
  }
  if (options.mailFrom !== undefined && options.smtp === undefined) {
    throw new Failure('--mail-from goes with --smtp.', { exitCode: exitCodes.usage });
  }
  return {
    port: options.port,
    host: options.host,
    ...(options.ephemeral ? {} : { data: options.data }),
    iam: options.iam,
    ...(options.account === undefined ? {} : { account: options.account }),
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.tlsCert !== undefined && options.tlsKey !== undefined
      ? { tls: { cert: readPem(options.tlsCert), key: readPem(options.tlsKey) } }
      : {}),
    ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
    ...(options.strictRuntimes ? { strictRuntimes: true } : {}),
    ...(options.keepIdle === undefined ? {} : { keepIdleMs: options.keepIdle }),
    dynamodb: {
      ...(options.dynamodbThroughput === undefined ? {} : { throughput: options.dynamodbThroughput }),
      ...(options.dynamodbDurations === undefined ? {} : { durations: options.dynamodbDurations }),
    },
    ...(options.lambdaDurations === undefined ? {} : { lambda: { durations: options.lambdaDurations } }),
    ...(options.smtp === undefined ? {} : { mail: mailOf(options.smtp, options.mailFrom) }),
    ...(options.cognitoIssuer === undefined ? {} : { cognito: { issuer: options.cognitoIssuer } }),
    ...(options.unsafeOpenToNetwork ? { unsafeOpenToNetwork: true } : {}),
    log: { level: options.logLevel, format: process.stderr.isTTY ? 'pretty' : 'json' },
  };
}

const mailOf = (url: string, from: string | undefined) => ({ url, ...(from === undefined ? {} : { from }) });

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(`${file} can't be read.`, { exitCode: exitCodes.usage, cause: error });
  }
}
