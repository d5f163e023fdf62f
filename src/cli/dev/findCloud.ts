/** The cloud that `brume dev` works with: the one that answers, else one of its own in this process. */
import { CannotStart, startCloud } from '../../cloud/index.ts';
import { exitCodes, Failure } from '../failure.ts';
import { type Target, unreachable } from '../target.ts';

export interface OwnCloudOptions {
  readonly data: string;
  readonly ephemeral?: boolean;
}

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * @returns closes the cloud that was started here; undefined when one was running already.
 * @throws Failure when nothing answers and none can be started there: another machine's address, a port that is taken.
 */
export async function findCloud(
  target: Target,
  options: OwnCloudOptions,
): Promise<(() => Promise<void>) | undefined> {
  if (await answers(target)) return undefined;
  const { hostname, port, protocol } = new URL(target.endpoint);
  if (!loopbackHosts.has(hostname) || protocol !== 'http:') throw unreachable(target, undefined);
  try {
    const cloud = await startCloud({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      region: target.region,
      ...(options.ephemeral ? {} : { data: options.data }),
      log: { level: 'warn', format: process.stderr.isTTY ? 'pretty' : 'json' },
    });
    process.stderr.write(
      `Started a cloud at ${cloud.endpoint}, ${options.ephemeral ? 'which keeps nothing' : `with its data in ${options.data}`}.\n`,
    );
    return () => cloud.close();
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    throw new Failure(error.message, { exitCode: exitCodes.cannotStart, cause: error });
  }
}

async function answers(target: Target): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(`${target.endpoint}/_brume/health`);
  } catch {
    return false;
  }
  if (response.ok) return true;
  throw new Failure(
    `What answers at ${target.endpoint} is no cloud of Brume's (status ${response.status}).`,
    {
      exitCode: exitCodes.unreachable,
    },
  );
}
