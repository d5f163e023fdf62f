/** `brume runtimes`: which interpreter of this machine runs which runtime; `install` fetches what can be fetched. */
import {
  CannotInstall,
  findEngine,
  install,
  Languages,
  noEngine,
  type RuntimeFinding,
  sdkFindings,
  thisMachine,
} from '../../cloud/runtimes.ts';
import { Failure } from '../failure.ts';

const marks = { exact: '✓', nearest: '~', missing: '✗' } as const;

export async function runtimes(options: { json?: boolean }): Promise<void> {
  const machine = thisMachine();
  const [found, sdks, engine] = await Promise.all([
    new Languages({ machine }).list(),
    sdkFindings(machine),
    findEngine(machine),
  ]);
  const containers = engine && { engine: engine.name, version: engine.version, program: engine.program };
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ runtimes: found, sdks, containers, cache: machine.cache }, null, 2)}\n`,
    );
    return;
  }
  const advice = new Map<string, string>();
  // What differs in its version only is said once.
  for (const { advice: text } of found) {
    const gist = text?.replace(/[\d.]+(al2|x)?/g, '');
    if (text && gist && !advice.has(gist)) advice.set(gist, text);
  }
  if (!engine) advice.set('containers', noEngine);
  const lines = [
    ...found.map(line),
    engine ? `✓ container image  ${engine.version.padEnd(10)} ${engine.program}` : '✗ container image',
    '',
    ...sdks,
    '',
    '✓ the version that the identifier names   ~ the nearest there is   ✗ can’t run',
    '',
    ...[...advice.values()].map((text) => `  ${text}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function line({ identifier, status, interpreter }: RuntimeFinding): string {
  const version = interpreter ? interpreter.version.padEnd(10) : '';
  const what = interpreter
    ? `${version} ${interpreter.program}`
    : status === 'exact'
      ? 'its own program'
      : '';
  return `${marks[status]} ${identifier.padEnd(16)} ${what}`.trimEnd();
}

/** One after the other; what was installed stays when a later one fails. */
export async function installRuntimes(names: readonly string[]): Promise<void> {
  const machine = thisMachine();
  for (const name of names) {
    process.stderr.write(`Installing ${name} …\n`);
    try {
      process.stdout.write(`${await install(name, machine)}\n`);
    } catch (error) {
      if (error instanceof CannotInstall) throw new Failure(error.message, { cause: error });
      throw error;
    }
  }
}
