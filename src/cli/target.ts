/** Which running cloud a command talks to, and as whom: flags, then the environment, then the defaults. */
import { defaultRegion } from '../kernel/index.ts';
import { exitCodes, Failure } from './failure.ts';

export const defaultEndpoint = 'http://127.0.0.1:4566';

export interface TargetOptions {
  endpoint?: string;
  region?: string;
}

export interface Target {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

export function resolveTarget(options: TargetOptions, env: NodeJS.ProcessEnv = process.env): Target {
  const endpoint = (options.endpoint ?? env.AWS_ENDPOINT_URL ?? defaultEndpoint).replace(/\/+$/, '');
  if (!URL.canParse(endpoint)) {
    throw new Failure(`${endpoint} is not a URL.`, {
      exitCode: exitCodes.usage,
      hints: [`Write it as ${defaultEndpoint}.`],
    });
  }
  return {
    endpoint,
    region: options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? defaultRegion,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? 'test',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? 'test',
      ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
    },
  };
}

/** The configuration every SDK client of a command gets. */
export function clientConfig(target: Target) {
  return {
    endpoint: target.endpoint,
    region: target.region,
    credentials: target.credentials,
    maxAttempts: 2,
  };
}

/** Calls Brume's own control plane. @throws Failure with exit code 3 when nothing answers there. */
export async function control(target: Target, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${target.endpoint}/_brume/${path}`, init);
  } catch (error) {
    throw unreachable(target, error);
  }
  if (!response.ok) {
    const text = await response.text();
    throw new Failure(`The cloud at ${target.endpoint} answered ${response.status}: ${text.slice(0, 500)}`);
  }
  return response;
}

export function unreachable(target: Target, cause: unknown): Failure {
  return new Failure(`No cloud answers at ${target.endpoint}.`, {
    exitCode: exitCodes.unreachable,
    hints: ['Start one with `brume start`, or name another with --endpoint or AWS_ENDPOINT_URL.'],
    cause,
  });
}

/** Runs SDK calls, turning a refused connection into a failure that says what to do. */
export async function reach<T>(target: Target, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isConnectionError(error)) throw unreachable(target, error);
    throw error;
  }
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code =
    (error as NodeJS.ErrnoException).code ?? (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return code !== undefined && ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EHOSTUNREACH'].includes(code);
}
