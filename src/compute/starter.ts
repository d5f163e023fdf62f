/** Starts environments: the language that runs them, the sandbox around them, their folder and their place. */
import { join } from 'node:path';
import type { Clock, Ids } from '../kernel/index.ts';
import type { CodeCache } from './codeCache.ts';
import type { ContainerPlan, Containers } from './container/containers.ts';
import { Environment } from './environment.ts';
import { ExtensionsServer } from './extensions/server.ts';
import { extensionsIn, sandboxRequest, speaksRuntimeApi } from './launches.ts';
import { bootTimeoutMs, compileSdkAfterMs } from './limits.ts';
import {
  type EnvironmentIdentity,
  type EnvironmentShape,
  type EnvironmentSpec,
  imageRuntime,
  MissingRuntime,
  type SandboxDescription,
} from './port.ts';
import { RuntimeApi } from './runtimeApi.ts';
import type { Language, Languages } from './runtimes/languages.ts';
import { chooseDriver, type SandboxChoice } from './sandbox/choose.ts';
import type { SandboxDriver } from './sandbox/port.ts';
import { makeFolders, placeFiles } from './sandboxFolders.ts';
import { sdkFunction } from './sdkCode.ts';

export interface StarterOptions {
  folder: string;
  ids: Ids;
  clock: Clock;
  languages: Languages;
  sandbox: SandboxChoice;
  containers: Containers;
  codeCache: CodeCache;
  /** Called as soon as there is a process. */
  onStarted(environment: Environment): void;
  /** Called once, when it is gone and its folder removed. */
  onStopped(environment: Environment): void;
}

export class Starter {
  readonly #options: StarterOptions;
  readonly #slots = new Set<number>();
  #driver: Promise<SandboxDriver> | undefined;
  #chosen: SandboxDriver | undefined;
  readonly #compiled = new Set<string>();
  #closed = false;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** @throws MissingRuntime */
  async language(runtime: string): Promise<Language> {
    const { languages, containers } = this.#options;
    if (runtime === imageRuntime) return containers.language();
    const language = await languages.find(runtime);
    if (!language) throw new MissingRuntime(await languages.missing(runtime));
    return language;
  }

  /** @param own the function whose variables and, for the Runtime API, files must be there from the start. */
  async start(shape: EnvironmentShape, own?: EnvironmentSpec): Promise<Environment> {
    const { ids, clock, codeCache, onStarted, onStopped } = this.#options;
    const id = ids.uuid().replaceAll('-', '');
    const plan = await this.#planOf(own, { id, startedAt: clock.now() });
    const language = plan?.language ?? (await this.language(shape.runtime));
    const driver = plan?.driver ?? (await this.#choose());
    if (this.#closed) throw new Error('the cloud is closing');
    const folder = join(this.#options.folder, id);
    const runtimeApi =
      own && speaksRuntimeApi(language) ? await RuntimeApi.listen(clock, plan?.place) : undefined;
    const api = runtimeApi ?? (await ExtensionsServer.listen());
    const slot = this.#takeSlot();
    let environment: Environment;
    try {
      const external = plan?.external ?? (own ? await this.#place(own, folder) : []);
      const wanted = {
        ...own?.environment,
        ...own?.variablesOf?.({ id, startedAt: clock.now() }),
        AWS_LAMBDA_RUNTIME_API: api.address,
      };
      const variables = plan ? await plan.reach(wanted) : wanted;
      const owner = { handler: own?.handler ?? '', variables, isExtended: external.length > 0 };
      environment = new Environment({
        request: sandboxRequest(
          { id, slot, folder, language, driver, ...this.#sdkCode(language) },
          shape,
          owner,
        ),
        driver,
        clock,
        ...(runtimeApi ? { runtimeApi } : {}),
        api,
        external,
        ...(plan && runtimeApi ? { process: plan.process(id, variables, runtimeApi) } : {}),
        newId: () => ids.uuid(),
        ...(driver.keepsCode ? { codeCache } : {}),
        placed: own !== undefined,
        onStopped: (stopped) => {
          this.#slots.delete(stopped.slot);
          this.#giveBack();
          onStopped(stopped);
        },
      });
    } catch (error) {
      api.close();
      this.#slots.delete(slot);
      throw error;
    }
    onStarted(environment);
    const timer = clock.at(clock.now() + bootTimeoutMs, () => environment.stop());
    try {
      await environment.booted;
    } finally {
      timer.cancel();
    }
    return environment;
  }

  #sdkCode(language: Language): { sdkCode?: string } {
    const spec = sdkFunction(language);
    const sdkCode = spec && this.#options.codeCache.folderOf(spec, language);
    return sdkCode === undefined ? {} : { sdkCode };
  }

  /** Once for each language, when those who were to be prepared for are served. */
  compileSdkLater(language: Language): void {
    if (this.#compiled.has(language.id)) return;
    this.#compiled.add(language.id);
    const { clock } = this.#options;
    clock.at(clock.now() + compileSdkAfterMs, () => {
      if (!this.#closed) this.#compileSdk(language).catch(() => {});
    });
  }

  /**
   * Compiles the SDK that functions in `language` find, unless that has been done. For a quiet moment: it takes about half
   * a second of one processor.
   */
  async #compileSdk(language: Language): Promise<void> {
    const spec = sdkFunction(language);
    if (!spec || !(await this.#choose()).keepsCode || this.#options.codeCache.folderOf(spec, language))
      return;
    const environment = await this.start(spec);
    try {
      await environment.assign(spec);
      await environment.init.loaded;
    } finally {
      environment.stop();
    }
  }

  /** Where the function is a container image. What becomes of a pull stands in its log, before all else. */
  async #planOf(
    own: EnvironmentSpec | undefined,
    environment: EnvironmentIdentity,
  ): Promise<ContainerPlan | undefined> {
    if (!own?.image) return undefined;
    const { containers, clock } = this.#options;
    return containers.plan(own, own.image, (message) => {
      const time = clock.now();
      const entry = { timestamp: new Date(time).toISOString(), level: 'INFO', message };
      own.onLog({ time, message: own.logFormat === 'JSON' ? JSON.stringify(entry) : message, environment });
    });
  }

  /** @returns the names of the external extensions among the function's files. */
  async #place(own: EnvironmentSpec, folder: string): Promise<string[]> {
    makeFolders(folder);
    await placeFiles(own, folder);
    return extensionsIn(join(folder, 'opt'));
  }

  describe(): SandboxDescription {
    return this.#chosen?.describe() ?? { driver: 'none yet', protections: [], missing: [] };
  }

  /** Chooses the sandbox driver if that hasn't happened, so that `describe` can tell. */
  async ready(): Promise<SandboxDescription> {
    return (await this.#choose()).describe();
  }

  close(): void {
    this.#closed = true;
    this.#giveBack();
    this.#options.containers.close();
  }

  /** What the driver holds of the machine, once nothing more will need it. */
  #giveBack(): void {
    if (this.#closed && this.#slots.size === 0) this.#chosen?.close?.();
  }

  #choose(): Promise<SandboxDriver> {
    this.#driver ??= chooseDriver(this.#options.sandbox).then((driver) => {
      this.#chosen = driver;
      return driver;
    });
    return this.#driver;
  }

  #takeSlot(): number {
    let slot = 1;
    while (this.#slots.has(slot)) slot++;
    this.#slots.add(slot);
    return slot;
  }
}
