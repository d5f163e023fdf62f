/** docker and podman, by their command lines: what both understand alike. */
import { execFile, spawn } from 'node:child_process';
import { LineReader } from '../lines.ts';
import { type Machine, onPath } from '../runtimes/machine.ts';
import { type Engine, EngineError, type ImageFacts } from './engine.ts';
import { entriesOf } from './tar.ts';

/** Ours: how long the engine may take for what it does at once, to be found at all, and for an image. Milliseconds. */
const answerMsMax = 20_000;
const firstAnswerMsMax = 5_000;
const pullMsMax = 30 * 60_000;
/** Of what it says; the archive of a folder with extensions is the largest. Bytes. */
const answerBytesMax = 256 * 1024 * 1024;
const lineBytesMax = 64 * 1024;

/** The first engine on PATH that answers, docker before podman. */
export async function findEngine(machine: Machine): Promise<Engine | undefined> {
  for (const program of [...onPath(machine, 'docker'), ...onPath(machine, 'podman')]) {
    const engine = await engineAt(program, machine).catch(() => undefined);
    if (engine) return engine;
  }
  return undefined;
}

interface DockerInfo {
  ServerVersion?: string;
  OperatingSystem?: string;
  SecurityOptions?: string[] | null;
}

interface PodmanInfo {
  host?: { security?: { rootless?: boolean }; serviceIsRemote?: boolean };
  version?: { Version?: string };
}

async function engineAt(program: string, machine: Machine): Promise<Engine | undefined> {
  const said = await ask(program, machine, ['info', '--format', '{{json .}}'], firstAnswerMsMax);
  const info = JSON.parse(said) as DockerInfo & PodmanInfo;
  // Where `docker` is podman under another name, podman's facts tell.
  const podman = info.version?.Version;
  if (podman !== undefined) {
    const kind = info.host?.serviceIsRemote
      ? 'machine'
      : info.host?.security?.rootless
        ? 'rootless'
        : 'linux';
    return new CliEngine('podman', program, podman, kind, machine);
  }
  // A client whose daemon doesn't run answers too, without a server's version.
  if (!info.ServerVersion) return undefined;
  const rootless = info.SecurityOptions?.some((option) => option.includes('rootless')) ?? false;
  const desktop = process.platform !== 'linux' || info.OperatingSystem === 'Docker Desktop';
  return new CliEngine(
    'docker',
    program,
    info.ServerVersion,
    desktop ? 'machine' : rootless ? 'rootless' : 'linux',
    machine,
  );
}

interface Inspected {
  Id: string;
  RepoDigests?: string[] | null;
  Config?: { Entrypoint?: string[] | null; Cmd?: string[] | null };
  Architecture?: string;
  Size?: number;
}

class CliEngine implements Engine {
  readonly name: 'docker' | 'podman';
  readonly program: string;
  readonly version: string;
  readonly kind: Engine['kind'];
  readonly #machine: Machine;

  constructor(
    name: 'docker' | 'podman',
    program: string,
    version: string,
    kind: Engine['kind'],
    machine: Machine,
  ) {
    this.name = name;
    this.program = program;
    this.version = version;
    this.kind = kind;
    this.#machine = machine;
  }

  async image(reference: string): Promise<ImageFacts | undefined> {
    const said = await this.#ask(['image', 'inspect', reference]).catch((error: EngineError) => {
      if (/no such image|image not known|not found/i.test(error.message)) return '[]';
      throw error;
    });
    const [found] = JSON.parse(said) as Inspected[];
    if (!found) return undefined;
    return {
      id: found.Id.includes(':') ? found.Id : `sha256:${found.Id}`,
      digests: found.RepoDigests ?? [],
      entryPoint: found.Config?.Entrypoint ?? [],
      command: found.Config?.Cmd ?? [],
      architecture: found.Architecture ?? '',
      size: found.Size ?? 0,
    };
  }

  pull(reference: string, platform: string, onLine: (line: string) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.program, ['pull', '--platform', platform, reference], {
        env: this.#machine.variables as NodeJS.ProcessEnv,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: pullMsMax,
      });
      const last: string[] = [];
      for (const stream of [child.stdout, child.stderr]) {
        const lines = new LineReader(lineBytesMax, (line) => {
          last.push(line);
          if (last.length > 5) last.shift();
          onLine(line);
        });
        stream.on('data', (chunk: Buffer) => lines.push(chunk));
        stream.on('end', () => lines.end());
      }
      child.on('error', (error) => reject(new EngineError(error.message)));
      child.on('close', (code) => {
        if (code === 0) resolve();
        else reject(new EngineError(last.join('\n') || `${this.name} pull ended with ${code}`));
      });
    });
  }

  async filesIn(imageId: string, folder: string): Promise<string[]> {
    const container = (await this.#ask(['create', '--entrypoint', '/none', imageId])).trim();
    try {
      const archive = await this.#read(['cp', `${container}:${folder}`, '-']).catch(() => Buffer.alloc(0));
      const inside = `${folder.slice(folder.lastIndexOf('/') + 1)}/`;
      return entriesOf(archive)
        .filter(({ kind }) => kind !== 'folder')
        .map(({ path }) => path.replace(/^\.\//, '').replace(/^\//, ''))
        .map((path) => (path.startsWith(inside) ? path.slice(inside.length) : path))
        .filter((path) => path !== '' && !path.includes('/'));
    } finally {
      await this.remove([container]);
    }
  }

  async gateway(): Promise<string | undefined> {
    const said = await this.#ask(['network', 'inspect', 'bridge']).catch(() => '[]');
    const [network] = JSON.parse(said) as { IPAM?: { Config?: { Gateway?: string }[] | null } }[];
    return network?.IPAM?.Config?.find(({ Gateway }) => Gateway?.includes('.'))?.Gateway;
  }

  async labelled(label: string): Promise<{ id: string; labels: Record<string, string> }[]> {
    const said = await this.#ask(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`]);
    const ids = said.split('\n').filter(Boolean);
    if (ids.length === 0) return [];
    const found = JSON.parse(await this.#ask(['container', 'inspect', ...ids])) as {
      Id: string;
      Config?: { Labels?: Record<string, string> | null };
    }[];
    return found.map(({ Id, Config }) => ({ id: Id, labels: Config?.Labels ?? {} }));
  }

  async state(container: string): Promise<{ outOfMemory: boolean; pid: number } | undefined> {
    const said = await this.#ask(['container', 'inspect', container]).catch(() => '[]');
    const [found] = JSON.parse(said) as { State?: { OOMKilled?: boolean; Pid?: number } }[];
    if (!found) return undefined;
    return { outOfMemory: found.State?.OOMKilled === true, pid: found.State?.Pid ?? 0 };
  }

  async pause(container: string): Promise<void> {
    await this.#ask(['pause', container]);
  }

  async unpause(container: string): Promise<void> {
    await this.#ask(['unpause', container]);
  }

  async kill(container: string, signal: string): Promise<void> {
    await this.#ask(['kill', '--signal', signal, container]);
  }

  async remove(containers: readonly string[]): Promise<void> {
    if (containers.length === 0) return;
    await this.#ask(['rm', '--force', '--volumes', ...containers]).catch((error: EngineError) => {
      if (!/no such container|no container with/i.test(error.message)) throw error;
    });
  }

  async #ask(args: readonly string[]): Promise<string> {
    return ask(this.program, this.#machine, args);
  }

  #read(args: readonly string[]): Promise<Buffer> {
    return read(this.program, this.#machine, args);
  }
}

async function ask(
  program: string,
  machine: Machine,
  args: readonly string[],
  timeout: number = answerMsMax,
): Promise<string> {
  return (await read(program, machine, args, timeout)).toString('utf8');
}

function read(
  program: string,
  machine: Machine,
  args: readonly string[],
  timeout: number = answerMsMax,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      env: machine.variables as NodeJS.ProcessEnv,
      timeout,
      maxBuffer: answerBytesMax,
      encoding: 'buffer' as const,
    };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      reject(new EngineError(stderr.toString('utf8').trim() || error.message));
    });
  });
}
