/** Unmodified clients of this machine: AWS CLI v2 and boto3, when they are there. CI installs both. */
import { execFileSync } from 'node:child_process';
import { type CommandResult, run } from './server.ts';

/** Version 2: version 1 has no `logs tail`. */
const awsCliPath = [process.env.BRUME_TEST_AWS_CLI, 'aws', '/usr/bin/aws'].find(
  (path) => path !== undefined && versionOf(path, ['--version'])?.startsWith('aws-cli/2'),
);

/** What the environment of a client says about the cloud: credentials and region, never how to behave. */
function clientEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

/** The AWS CLI, or undefined: tests skip with that as their visible reason, except in CI. */
export const awsCli = awsCliPath === undefined ? needed('AWS CLI v2', undefined) : awsCliPath;
export const boto3 = needed('boto3', versionOf('python3', ['-c', 'import boto3; print(boto3.__version__)']));

/** `aws …` with its JSON output parsed; Debian's 2.9 knows no AWS_ENDPOINT_URL, so the flag is given as the README gives it. */
export async function aws<T = Record<string, unknown>>(endpoint: string, args: string[]): Promise<T> {
  const result = await awsRaw(endpoint, [...args, '--output', 'json']);
  if (result.code !== 0) throw new Error(`aws ${args.join(' ')}: ${result.stderr}`);
  return (result.stdout.trim() === '' ? {} : JSON.parse(result.stdout)) as T;
}

export function awsRaw(endpoint: string, args: string[]): Promise<CommandResult> {
  return run(awsCliPath ?? 'aws', ['--endpoint-url', endpoint, ...args], clientEnvironment(endpoint));
}

/** Runs a Python program that uses boto3; it prints JSON. */
export async function python<T>(endpoint: string, program: string): Promise<T> {
  const result = await run('python3', ['-c', program], clientEnvironment(endpoint));
  if (result.code !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as T;
}

function versionOf(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

function needed(what: string, found: string | undefined): string | undefined {
  if (found === undefined && process.env.CI)
    throw new Error(`${what} must be here in CI: .ci/run installs it`);
  return found;
}
