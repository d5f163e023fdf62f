/**
 * Stands in for the `docker` program in tests: understands the command lines that Brume writes, keeps its images and
 * containers in a folder, notes every call, and starts an image's entry point as a plain process of this machine.
 * Usage: `node fakeDocker.ts FOLDER ARGUMENTS…`; see `fakeEngine.ts`.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { FakeImage } from './fakeEngine.ts';

const [folder = '', ...args] = process.argv.slice(2);
const containers = join(folder, 'containers');
mkdirSync(containers, { recursive: true });
appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify(args)}\n`);

interface Container {
  image: string;
  labels: Record<string, string>;
  pid: number;
  environment: Record<string, string>;
  outOfMemory: boolean;
}

function fail(message: string, code = 1): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

const images = (): Record<string, FakeImage> => read(join(folder, 'images.json'));
const image = (reference: string): FakeImage | undefined =>
  images()[reference] ?? Object.values(images()).find(({ id }) => id === reference);
const fileOf = (name: string): string => join(containers, name);
const container = (name: string): Container =>
  existsSync(fileOf(name)) ? read(fileOf(name)) : fail(`Error: No such container: ${name}`);
const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

function signal(name: string, what: NodeJS.Signals): void {
  const { pid } = container(name);
  // A group of number 0 would be this program's own.
  if (pid === 0) return;
  try {
    process.kill(-pid, what);
  } catch {
    // It has ended.
  }
}

const flags = new Set(['--read-only', '--force', '--volumes', '--all', '--quiet', '--no-trunc']);

/** Options by name (all their values) and what follows them. */
function parse(from: readonly string[]): { options: Map<string, string[]>; rest: string[] } {
  const options = new Map<string, string[]>();
  let at = 0;
  while (from[at]?.startsWith('--')) {
    const name = from[at] as string;
    const value = flags.has(name) ? 'true' : (from[++at] ?? '');
    options.set(name, [...(options.get(name) ?? []), value]);
    at++;
  }
  return { options, rest: from.slice(at) };
}

function run(): void {
  const { options, rest } = parse(args.slice(1));
  const [reference = '', ...command] = rest;
  const one = (name: string) => options.get(name)?.[0];
  const name = one('--name') ?? '';
  const found = image(reference) ?? fail(`Unable to find image '${reference}' locally`, 125);
  const entry = one('--entrypoint') === undefined ? found.entryPoint : [one('--entrypoint') as string];
  // Another entry point makes docker forget the image's command.
  const own = one('--entrypoint') === undefined ? found.command : [];
  const [program = '', ...programArgs] = [...entry, ...(command.length > 0 ? command : own)];
  const environment: Record<string, string> = { PATH: process.env.PATH ?? '', ...found.variables };
  for (const text of options.get('--env') ?? []) {
    const [variable = '', ...value] = text.split('=');
    environment[variable] = value.length > 0 ? value.join('=') : (process.env[variable] ?? '');
  }
  const child = spawn(program, programArgs, {
    cwd: one('--workdir') ?? found.folder,
    env: environment,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  child.on('error', () =>
    fail(
      `docker: Error response from daemon: failed to create task for container: OCI runtime create failed: runc create failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown`,
      127,
    ),
  );
  if (child.pid === undefined) return;
  const labels = Object.fromEntries((options.get('--label') ?? []).map((label) => label.split('=')));
  const record: Container = { image: reference, labels, pid: child.pid, environment, outOfMemory: false };
  const text = JSON.stringify(record);
  writeFileSync(fileOf(name), text);
  child.on('exit', (code, ended) => {
    const status = code ?? (ended === 'SIGKILL' ? 137 : 143);
    try {
      // `rm` may take the file away at any moment: it is never made anew.
      const gone = JSON.stringify({ ...record, pid: 0, outOfMemory: status === 137 });
      writeFileSync(fileOf(name), gone.padEnd(text.length), { flag: 'r+' });
    } catch {
      // Removed.
    }
    process.exit(status);
  });
}

function exec(): void {
  const [, name = '', path = ''] = args;
  const { environment, image: reference } = container(name);
  const program = join(image(reference)?.folder ?? '', path);
  const child = spawn(program, [], { env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('error', () => fail('OCI runtime exec failed', 126));
  child.on('exit', (code) => process.exit(code ?? 137));
}

const last = args.at(-1) ?? '';
switch (
  args[0] === 'image' || args[0] === 'container' || args[0] === 'network'
    ? args.slice(0, 2).join(' ')
    : args[0]
) {
  case 'info':
    if (existsSync(join(folder, 'down'))) fail('Cannot connect to the Docker daemon');
    print({ ServerVersion: '28.2.2', OperatingSystem: 'Debian', SecurityOptions: ['name=seccomp'] });
    break;
  case 'network inspect':
    print([{ IPAM: { Config: [{ Gateway: '127.0.0.1' }] } }]);
    break;
  case 'image inspect': {
    const found = image(last);
    if (!found) {
      process.stdout.write('[]\n');
      fail(`Error response from daemon: No such image: ${last}`);
    }
    const { id, digests, entryPoint, command } = found;
    const Config = { Entrypoint: entryPoint.length > 0 ? entryPoint : null, Cmd: command };
    print([{ Id: id, RepoDigests: digests, Config, Architecture: 'amd64', Size: found.size ?? 1000 }]);
    break;
  }
  case 'pull': {
    const path = join(folder, 'remote.json');
    const remote = existsSync(path) ? read<Record<string, FakeImage>>(path) : {};
    const found = remote[last] ?? fail(`Error response from daemon: pull access denied for ${last}`);
    process.stdout.write('a1b2c3d4e5f6: Pulling fs layer\na1b2c3d4e5f6: Pull complete\n');
    writeFileSync(join(folder, 'images.json'), JSON.stringify({ ...images(), [last]: found }));
    break;
  }
  case 'create':
    writeFileSync(fileOf('created'), JSON.stringify({ image: last, labels: {}, pid: 0, environment: {} }));
    process.stdout.write('created\n');
    break;
  case 'cp': {
    const [name = '', path = ''] = (args[1] ?? '').split(':');
    const root = join(image(container(name).image)?.folder ?? '', path);
    if (!existsSync(root))
      fail(`Error response from daemon: Could not find the file ${path} in container ${name}`);
    process.stdout.write(
      execFileSync('tar', ['-C', join(root, '..'), '-cf', '-', root.split('/').at(-1) ?? '']),
    );
    break;
  }
  case 'run':
    run();
    break;
  case 'exec':
    exec();
    break;
  case 'pause':
    signal(last, 'SIGSTOP');
    break;
  case 'unpause':
    signal(last, 'SIGCONT');
    break;
  case 'kill':
    signal(last, `SIG${args[2] ?? 'KILL'}` as NodeJS.Signals);
    break;
  case 'rm':
    for (const name of parse(args.slice(1)).rest) {
      signal(name, 'SIGKILL');
      rmSync(fileOf(name), { force: true });
    }
    break;
  case 'ps': {
    const wanted = (parse(args.slice(1)).options.get('--filter')?.[0] ?? '').replace('label=', '');
    for (const name of readdirSync(containers))
      if (wanted in container(name).labels) process.stdout.write(`${name}\n`);
    break;
  }
  case 'container inspect':
    print(
      args.slice(2).map((name) => {
        const { labels, pid, outOfMemory } = container(name);
        return { Id: name, Config: { Labels: labels }, State: { OOMKilled: outOfMemory, Pid: pid } };
      }),
    );
    break;
  default:
    fail(`unknown command ${args.join(' ')}`);
}
