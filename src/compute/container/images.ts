/** Images on this machine: found, fetched once however many want them, and looked into for extensions. */
import type { Clock } from '../../kernel/index.ts';
import { type ImageUse, MissingRuntime } from '../port.ts';
import { type Engine, EngineError, type ImageFacts } from './engine.ts';

/** Ours: how often the log hears of a pull that goes on. Milliseconds. */
const progressEveryMs = 2000;

type Tell = (line: string) => void;

export class Images {
  readonly #engine: Engine;
  readonly #clock: Clock;
  /** Images on their way, by name: whoever wants one meanwhile waits for it, and hears how far it is. */
  readonly #coming = new Map<string, { ready: Promise<ImageFacts>; listeners: Tell[] }>();
  /** Files of /opt/extensions, by the id of the image. */
  readonly #extensions = new Map<string, Promise<string[]>>();

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /**
   * The image of a function, fetched when it isn't here.
   * @param tell gets what becomes of a pull. @throws MissingRuntime when there is no such image to be had.
   */
  ready(use: ImageUse, tell: Tell): Promise<ImageFacts> {
    const key = `${use.pinned ?? ''} ${use.reference}`;
    let coming = this.#coming.get(key);
    if (!coming) {
      const listeners: Tell[] = [];
      const ready = this.#get(use, (line) => {
        for (const listener of listeners) listener(line);
      }).finally(() => this.#coming.delete(key));
      coming = { ready, listeners };
      this.#coming.set(key, coming);
    }
    coming.listeners.push(tell);
    return coming.ready;
  }

  /** Names of the external extensions in the image. */
  extensionsIn({ id }: ImageFacts): Promise<string[]> {
    let looking = this.#extensions.get(id);
    if (!looking) {
      looking = this.#engine.filesIn(id, '/opt/extensions');
      looking.catch(() => this.#extensions.delete(id));
      this.#extensions.set(id, looking);
    }
    return looking;
  }

  async #get(use: ImageUse, tell: Tell): Promise<ImageFacts> {
    const { reference } = use;
    // One that was pinned may have been removed from this machine since; its name may bring it back.
    const pinned = use.pinned === undefined ? undefined : await this.#engine.image(use.pinned);
    const here = pinned ?? (await this.#engine.image(reference));
    if (here) return here;
    tell(`Brume: ${this.#engine.name} pulls ${reference}`);
    await this.#fetch(reference, use, tell);
    const pulled = await this.#engine.image(reference);
    if (!pulled) throw new MissingRuntime(`${this.#engine.name} pulled ${reference} and doesn't have it.`);
    return pulled;
  }

  async #fetch(reference: string, use: ImageUse, tell: Tell): Promise<void> {
    const began = this.#clock.now();
    const progress = new PullProgress();
    let told = began;
    const platform = `linux/${use.architecture === 'arm64' ? 'arm64' : 'amd64'}`;
    try {
      await this.#engine.pull(reference, platform, (line) => {
        const news = progress.read(line);
        const now = this.#clock.now();
        if (!news || now - told < progressEveryMs) return;
        told = now;
        tell(`Brume: ${reference}: ${news}`);
      });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new MissingRuntime(
        `The image ${reference} isn't on this machine, and ${this.#engine.name} can't pull it: ${error.message}. Build it or tag it under that name (${this.#engine.name} tag IMAGE ${reference}), or log in to its registry.`,
      );
    }
    tell(`Brume: pulled ${reference} in ${((this.#clock.now() - began) / 1000).toFixed(1)} s`);
  }
}

/** Counts layers in what docker (`a1b2: Pull complete`) and podman (`Copying blob sha256:a1b2… done`) say of a pull. */
export class PullProgress {
  readonly #seen = new Set<string>();
  readonly #done = new Set<string>();

  /** @returns how far it is, when the line tells something new. */
  read(line: string): string | undefined {
    const docker = /^([0-9a-f]{12}): (.*)$/.exec(line.trim());
    const podman = /^Copying blob (?:sha256:)?([0-9a-f]+)(.*)$/.exec(line.trim());
    const [, layer, state = ''] = docker ?? podman ?? [];
    if (layer === undefined) return undefined;
    const isDone = /Pull complete|Already exists|done|skipped/.test(state);
    const before = this.#done.size;
    this.#seen.add(layer);
    if (isDone) this.#done.add(layer);
    return this.#done.size > before ? `${this.#done.size} of ${this.#seen.size} layers` : undefined;
  }
}
