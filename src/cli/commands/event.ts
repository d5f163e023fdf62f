/** `brume event SERVICE KIND --key=value`: a sample event on standard output. */

import { RandomIds } from '../../kernel/index.ts';
import { clock } from '../clock.ts';
import { type Sample, samples } from '../events/index.ts';
import { exitCodes, Failure } from '../failure.ts';

const ids = new RandomIds();

/** What every sample has, beside its own flags. */
const commonFlags = { region: 'us-east-1', 'account-id': '000000000000', time: '' };

/** @param words what follows `event` on the command line. */
export function event(words: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const { named, given } = read(words);
  const [service, kind, ...rest] = named;
  if (rest.length > 0) throw usage(`${rest[0]} is one word too many.`, `brume event ${service} ${kind}`);
  if (service === undefined) {
    process.stdout.write(listed([...samples.keys()]));
    return;
  }
  const kinds = samples.get(service);
  if (!kinds)
    throw usage(`There are no events of ${service}.`, `It knows ${[...samples.keys()].join(', ')}.`);
  if (kind === undefined) {
    process.stdout.write(listed([service]));
    return;
  }
  const sample = kinds.get(kind);
  if (!sample) throw usage(`${service} has no event ${kind}.`, `It has ${[...kinds.keys()].join(', ')}.`);
  const made = make(sample, given, env);
  process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
}

function make(sample: Sample, given: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): unknown {
  for (const name of given.keys()) {
    if (!Object.hasOwn(sample.flags, name) && !Object.hasOwn(commonFlags, name)) {
      const known = [...Object.keys(sample.flags), ...Object.keys(commonFlags)];
      throw usage(`This event has no --${name}.`, `It has ${known.map((flag) => `--${flag}`).join(', ')}.`);
    }
  }
  const time = given.has('time') ? Date.parse(given.get('time') ?? '') : clock.now();
  if (Number.isNaN(time))
    throw usage(`${given.get('time')} is not a time.`, 'Write it as 2030-01-31T09:30:00Z.');
  const values = Object.fromEntries(
    Object.entries(sample.flags).map(([name, usual]) => [name, given.get(name) ?? usual]),
  );
  return sample.make(values, {
    region: given.get('region') ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? commonFlags.region,
    account: given.get('account-id') ?? commonFlags['account-id'],
    time,
    uuid: () => ids.uuid(),
  });
}

/** `--key=value`, `--key value`, and words. */
function read(words: readonly string[]): { named: string[]; given: Map<string, string> } {
  const named: string[] = [];
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('--')) {
      named.push(word);
      continue;
    }
    const split = word.indexOf('=');
    const name = word.slice(2, split < 0 ? undefined : split);
    const value = split < 0 ? words[++at] : word.slice(split + 1);
    if (value === undefined) throw usage(`--${name} needs a value.`, `Write it as --${name}=VALUE.`);
    given.set(name, value);
  }
  return { named, given };
}

function listed(services: readonly string[]): string {
  const rows = services.flatMap((service) =>
    [...(samples.get(service) ?? [])].map(([kind, sample]) => ({
      name: `${service} ${kind}`,
      about: sample.about,
      flags: Object.keys(sample.flags).map((flag) => `--${flag}`),
    })),
  );
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(
    ({ name, about, flags }) =>
      `${name.padEnd(width)}  ${about}${services.length === 1 && flags.length > 0 ? `\n${' '.repeat(width)}  ${flags.join(' ')}` : ''}\n`,
  );
  return lines.join('');
}

function usage(message: string, hint: string): Failure {
  return new Failure(message, { exitCode: exitCodes.usage, hints: [hint] });
}
