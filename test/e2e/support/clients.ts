/** Unmodified clients of this machine: AWS CLI v2 and boto3, when they are there. CI installs both. */
import { execFileSync } from 'node:child_process';
import { type CommandResult, run } from './server.ts';

const awsCliPath = process.env.BRUME_TEST_AWS_CLI ?? 'aws';

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

/** Version text of the AWS CLI, or undefined: tests skip with that as their visible reason, except in CI. */
export const awsCli = probe(awsCliPath, ['--version']);
export const boto3 = probe('python3', ['-c', 'import boto3; print(boto3.__version__)']);

/** `aws …` with its JSON output parsed; Debian's 2.9 knows no AWS_ENDPOINT_URL, so the flag is given as the README gives it. */
export async function aws<T = Record<string, unknown>>(endpoint: string, args: string[]): Promise<T> {
  const result = await awsRaw(endpoint, [...args, '--output', 'json']);
  if (result.code !== 0) throw new Error(`aws ${args.join(' ')}: ${result.stderr}`);
  return (result.stdout.trim() === '' ? {} : JSON.parse(result.stdout)) as T;
}

export function awsRaw(endpoint: string, args: string[]): Promise<CommandResult> {
  return run(awsCliPath, ['--endpoint-url', endpoint, ...args], clientEnvironment(endpoint));
}

/** Runs a Python program that uses boto3; it prints JSON. */
export async function python<T>(endpoint: string, program: string): Promise<T> {
  const result = await run('python3', ['-c', program], clientEnvironment(endpoint));
  if (result.code !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as T;
}

function probe(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    if (process.env.CI) throw new Error(`${command} must be here in CI: .ci/run installs it`);
    return undefined;
  }
}
