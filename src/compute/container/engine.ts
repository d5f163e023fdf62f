/** What Brume asks of a container engine. `cli.ts` asks docker or podman by their command lines. */

export interface Engine {
  readonly name: 'docker' | 'podman';
  /** The command line's program; absolute. */
  readonly program: string;
  readonly version: string;
  /** How containers and this machine find each other; see `network.ts`. */
  readonly kind: 'linux' | 'rootless' | 'machine';
  /** @returns undefined when the image isn't on this machine. */
  image(reference: string): Promise<ImageFacts | undefined>;
  /**
   * Fetches an image from its registry, as this user may.
   * @param platform `linux/arm64`. @param onLine what the engine says meanwhile.
   * @throws EngineError with the engine's own words.
   */
  pull(reference: string, platform: string, onLine: (line: string) => void): Promise<void>;
  /** Names of the files in a folder of an image, without starting it; none when it has no such folder. */
  filesIn(imageId: string, folder: string): Promise<string[]>;
  /** The address of this machine on the network that containers get by default. */
  gateway(): Promise<string | undefined>;
  /** Ids of containers with this label, running or not. @param label `name` or `name=value`. */
  labelled(label: string): Promise<{ id: string; labels: Readonly<Record<string, string>> }[]>;
  /** What became of a container: whether the kernel ended it for its memory, and its first process while it runs. */
  state(container: string): Promise<{ outOfMemory: boolean; pid: number } | undefined>;
  pause(container: string): Promise<void>;
  unpause(container: string): Promise<void>;
  /** @param signal `TERM`. */
  kill(container: string, signal: string): Promise<void>;
  /** Ends and removes; what isn't there is removed already. */
  remove(containers: readonly string[]): Promise<void>;
}

export interface ImageFacts {
  /** `sha256:…`, of this machine's copy. */
  readonly id: string;
  /** `repository@sha256:…`, as the registries know it; none for one that was built here. */
  readonly digests: readonly string[];
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  /** `amd64`, `arm64`. */
  readonly architecture: string;
  /** Bytes, uncompressed. */
  readonly size: number;
}

/** The engine couldn't or wouldn't; the message is its own. */
export class EngineError extends Error {}
