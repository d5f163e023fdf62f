/**
 * Functions that are container images, run by the docker or podman of this machine. The engine is looked for when the
 * first such function is needed; no other function notices whether there is one.
 */
import { hostname } from 'node:os';
import type { Clock } from '../../kernel/index.ts';
import { type EnvironmentSpec, type ImageUse, MissingRuntime, type ResolvedImage } from '../port.ts';
import type { RuntimeApi } from '../runtimeApi.ts';
import type { RuntimeHost, RuntimeListener } from '../runtimeProcess.ts';
import type { Language } from '../runtimes/languages.ts';
import type { Machine } from '../runtimes/machine.ts';
import type { SandboxDriver } from '../sandbox/port.ts';
import { findEngine } from './cli.ts';
import { ContainerProcess } from './containerProcess.ts';
import type { Engine } from './engine.ts';
import { Images } from './images.ts';
import { containerArguments } from './launch.ts';
import { type ContainerNetwork, chooseNetwork, type Surroundings } from './network.ts';

/** On every container of Brume's: the folder of its environments, the process that started it, and that one's machine. */
const labels = { folder: 'brume.environments', pid: 'brume.pid', host: 'brume.host' } as const;

export const noEngine =
  'Functions from container images need docker or podman on this machine, and none answers. Install Docker (https://docs.docker.com/engine/install/) or Podman (https://podman.io/docs/installation) and see that `docker info` works for this user; no restart is needed. `brume doctor` says what was found.';

/** What an environment of an image is started with. */
export interface ContainerPlan {
  readonly language: Language;
  readonly driver: SandboxDriver;
  /** Address that the Runtime API is to listen on, and what the container calls it. */
  readonly place: { readonly listen: string; readonly name: string };
  readonly external: readonly string[];
  /** Variables as the container is to see them. */
  reach(variables: Readonly<Record<string, string>>): Promise<Record<string, string>>;
  process(
    id: string,
    variables: Readonly<Record<string, string>>,
    api: RuntimeApi,
  ): (listener: RuntimeListener) => RuntimeHost;
}

interface Ready {
  readonly engine: Engine;
  readonly images: Images;
  readonly network: ContainerNetwork;
}

export interface ContainersOptions {
  readonly clock: Clock;
  readonly machine: Machine;
  /** Of the environments: its containers are told from others' by it. */
  readonly folder: string;
  /** For tests: what of this machine the choice of a network depends on. */
  readonly surroundings?: Surroundings;
}

/** Ours: how long it is before an engine that didn't answer is asked again. Milliseconds. */
const askAgainMs = 5000;

export class Containers {
  readonly #options: ContainersOptions;
  #ready: Promise<Ready | undefined> | undefined;
  #askedAt = 0;

  constructor(options: ContainersOptions) {
    this.#options = options;
  }

  /** What stands for an interpreter where the function brings everything. @throws MissingRuntime without an engine. */
  async language(): Promise<Language> {
    await this.#engine();
    return { kind: 'image', id: 'image', program: '', shows: [], version: '' };
  }

  /** Why functions from images can't run here; undefined when they can. */
  async missing(): Promise<string | undefined> {
    try {
      await this.#engine();
      return undefined;
    } catch (error) {
      if (error instanceof MissingRuntime) return error.message;
      throw error;
    }
  }

  /** What this machine has under an image's name; undefined when it has none, or no engine. */
  async resolve(reference: string): Promise<ResolvedImage | undefined> {
    const ready = await this.#look();
    const facts = await ready?.engine.image(reference).catch(() => undefined);
    if (!facts) return undefined;
    const digest = facts.digests[0]?.split('@')[1];
    return { id: facts.id, digest: digest ?? facts.id, size: facts.size };
  }

  /** Fetches an image ahead of need; whoever invokes the function is told what went wrong. */
  prepare(use: ImageUse, tell: (line: string) => void = () => {}): void {
    this.#engine()
      .then(({ images }) => images.ready(use, tell))
      .catch(() => {});
  }

  /** @param tell gets what becomes of a pull. @throws MissingRuntime when there is no engine or no such image. */
  async plan(spec: EnvironmentSpec, use: ImageUse, tell: (line: string) => void): Promise<ContainerPlan> {
    const { engine, images, network } = await this.#engine();
    const facts = await images.ready(use, tell);
    const external = await images.extensionsIn(facts);
    return {
      language: await this.language(),
      driver: containerDriver(engine),
      place: { listen: network.listen, name: network.name },
      external,
      reach: async (variables) => {
        const seen: Record<string, string> = {};
        for (const [name, value] of Object.entries(variables))
          seen[name] = name.startsWith('AWS_ENDPOINT_URL') ? await network.reach(value) : value;
        return seen;
      },
      process: (id, variables, runtimeApi) => {
        const name = `brume-${id}`;
        const { args, environment } = containerArguments({
          name,
          labels: {
            [labels.folder]: this.#options.folder,
            [labels.pid]: String(process.pid),
            [labels.host]: hostname(),
          },
          image: facts.id,
          imageCommand: facts.command,
          use,
          memoryMb: spec.memoryMb,
          ephemeralStorageMb: spec.ephemeralStorageMb,
          variables,
          network,
        });
        const start = {
          engine,
          name,
          args,
          environment: { ...this.#options.machine.variables, ...environment },
          external,
          runtimeApi,
        };
        return (listener) => new ContainerProcess(start, listener);
      },
    };
  }

  close(): void {
    void this.#ready?.then((ready) => ready?.network.close()).catch(() => {});
    this.#ready = undefined;
  }

  async #engine(): Promise<Ready> {
    const ready = await this.#look();
    if (!ready) throw new MissingRuntime(noEngine);
    return ready;
  }

  /** Looks for an engine; again when there was none a while ago. */
  #look(): Promise<Ready | undefined> {
    const { clock } = this.#options;
    this.#ready ??= this.#find().then(
      (found) => {
        if (!found) this.#askedAt = clock.now();
        return found;
      },
      (cause: unknown) => {
        this.#ready = undefined;
        throw cause;
      },
    );
    if (this.#askedAt > 0 && clock.now() - this.#askedAt > askAgainMs) {
      this.#askedAt = 0;
      this.#ready = undefined;
      return this.#look();
    }
    return this.#ready;
  }

  async #find(): Promise<Ready | undefined> {
    const { machine, clock, surroundings } = this.#options;
    const engine = await findEngine(machine);
    if (!engine) return undefined;
    const network = await chooseNetwork(engine, surroundings).catch((error: Error) => {
      throw new MissingRuntime(`Functions from container images can't run here: ${error.message}.`);
    });
    await this.#removeOrphans(engine);
    return { engine, images: new Images(engine, clock), network };
  }

  /**
   * Containers of a process that was killed: those over the same folder (only one process at a time is), and those
   * whose process isn't there any more.
   */
  async #removeOrphans(engine: Engine): Promise<void> {
    const found = await engine.labelled(labels.folder).catch(() => []);
    const orphans = found.filter(({ labels: its }) => {
      if (its[labels.host] !== hostname()) return false;
      return its[labels.folder] === this.#options.folder || !isAlive(Number(its[labels.pid]));
    });
    await engine.remove(orphans.map(({ id }) => id)).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** For what an environment asks of any driver; the container itself is started by its plan. */
function containerDriver(engine: Engine): SandboxDriver {
  const driver = {
    name: 'container',
    keepsCode: false,
    describe: () => ({
      driver: 'container',
      protections: [
        `a container of ${engine.name} ${engine.version} per environment: read-only root, private /tmp, no capabilities, a user without rights`,
        'memory, processes and open files bounded by the kernel',
      ],
      missing: [],
    }),
    paths: () => ({
      task: '/var/task',
      opt: '/opt',
      runtime: '/var/runtime',
      sdk: '/var/sdk/python',
    }),
    address: () => '127.0.0.1',
    launch: () => {
      throw new Error('a container is started by its plan');
    },
  };
  return driver;
}
