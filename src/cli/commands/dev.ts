/** `brume dev TEMPLATE`: deploys, and keeps the deployment as the files are, until Ctrl-C; logs on standard output. */
import { basename, dirname, resolve } from 'node:path';
import { clock } from '../clock.ts';
import { Debugging, debuggingOptions } from '../dev/debugging.ts';
import { findCloud } from '../dev/findCloud.ts';
import { LogTail } from '../dev/logTail.ts';
import { Session } from '../dev/session.ts';
import { exitCodes, Failure } from '../failure.ts';
import { control, resolveTarget, type TargetOptions } from '../target.ts';

export interface DevOptions extends TargetOptions {
  stack?: string;
  param: Record<string, string>;
  data: string;
  ephemeral?: boolean;
  /** True without a value. */
  inspect?: string | true;
}

/** @param word what follows the template on the command line: the function of `--inspect=PORT FUNCTION`. */
export async function dev(template: string, word: string | undefined, options: DevOptions): Promise<void> {
  const target = resolveTarget(options);
  if (word !== undefined && options.inspect === undefined) {
    throw new Failure(`${word} is one word too many.`, { exitCode: exitCodes.usage });
  }
  const debugging =
    options.inspect === undefined
      ? undefined
      : new Debugging(target, debuggingOptions(options.inspect, word));
  const path = resolve(template);
  const closeCloud = await findCloud(target, options);
  const { epochMs } = (await (await control(target, 'clock')).json()) as { epochMs: number };
  const logs = new LogTail(target, {
    since: epochMs,
    colour: wantsColour(),
    write: (text) => process.stdout.write(text),
    onReachable: (reachable) =>
      process.stderr.write(
        reachable
          ? 'The cloud answers again.\n'
          : `No cloud answers at ${target.endpoint}; waiting for it.\n`,
      ),
  });
  const stack = options.stack ?? stackNameOf(path);
  const session = new Session({
    target,
    template: path,
    stack,
    param: options.param,
    logs,
    ...(debugging ? { onDeployed: (functions) => debugging.attach(functions) } : {}),
  });
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(exitCodes.failed);
    stopping = true;
    session.stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const tailing = logs.run();
  await session.run();
  await debugging?.end();
  logs.stop();
  await tailing;
  process.stderr.write(`\n${stack} stays as it is; \`brume destroy ${stack}\` deletes it.\n`);
  await closeCloud?.();
  await clock.sleep(0);
  process.exit(exitCodes.done);
}

/** The folder's name, in the letters that stack names have. */
function stackNameOf(template: string): string {
  const name = basename(dirname(template))
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replace(/^[^A-Za-z]+|-+$/g, '');
  return name.slice(0, 100) || 'dev';
}

/** https://no-color.org */
function wantsColour(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR) return false;
  return process.stdout.isTTY === true || Boolean(env.FORCE_COLOR);
}
