/**
 * A session of `brume dev`: deploys, watches, and brings each change to the cloud by the shortest way: code by
 * updating its function, everything else by deploying the template again. One change at a time, in the order noticed.
 */
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { clock } from '../clock.ts';
import { deployTemplate, printOutputs } from '../commands/deploy.ts';
import { destroy } from '../commands/destroy.ts';
import { Failure } from '../failure.ts';
import { type FunctionSource, functionSources, isBuiltTemplate, PackageError } from '../package/index.ts';
import { clientConfig, reach, type Target } from '../target.ts';
import { CodeUpdater } from './codeUpdater.ts';
import type { LogTail } from './logTail.ts';
import { type StackFunction, stackFunctions } from './stackFunctions.ts';
import { TreeWatcher } from './treeWatcher.ts';

/** Editors write a file in several steps; this long after the last one it is read. Milliseconds. */
const quietMs = 8;

export interface SessionOptions {
  readonly target: Target;
  /** Absolute. */
  readonly template: string;
  readonly stack: string;
  readonly param: Record<string, string>;
  readonly logs: LogTail;
  /** After each deployment: what the stack has now. */
  onDeployed?(functions: readonly StackFunction[]): Promise<void>;
}

/** A function of the template with local code. */
interface Watched {
  readonly updater: CodeUpdater;
  readonly watchers: TreeWatcher[];
  /** Watched for the bundle's sake, outside of the function's folder. */
  readonly sources: Set<string>;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #functions = new Map<string, Watched>();
  /** What isn't a function's code: the template, layers, API definitions, nested templates. */
  readonly #others = new Map<string, TreeWatcher>();
  /** Physical names by logical id, from the last deployment. */
  #deployed = new Map<string, StackFunction>();
  #redeploy = false;
  /** The last deployment failed for the sake of some code: saving code may mend it. */
  #unpacked = false;
  readonly #changed = new Map<string, number>();
  #wake: (() => void) | undefined;
  #stopped = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Runs until {@link Session.stop}. Whatever fails is shown, and tried again after the next change. */
  async run(): Promise<void> {
    await this.#watchOther(this.#options.template);
    await this.#guard(() => this.#deploy());
    while (!this.#stopped) {
      await this.#quiet();
      if (this.#stopped) break;
      if (this.#redeploy) await this.#guard(() => this.#deploy());
      else await this.#updateChanged();
    }
    await this.#close();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** Waits for a change, and until changes pause. */
  async #quiet(): Promise<void> {
    while (!this.#stopped && !this.#redeploy && this.#changed.size === 0) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    let seen = -1;
    while (!this.#stopped && seen !== this.#events) {
      seen = this.#events;
      await clock.sleep(quietMs);
    }
  }

  #events = 0;

  #noticed(logicalId: string | undefined): void {
    this.#events++;
    if (logicalId === undefined) this.#redeploy = true;
    else if (!this.#changed.has(logicalId)) this.#changed.set(logicalId, performance.now());
    this.#wake?.();
  }

  async #deploy(): Promise<void> {
    const { target, template, stack, param, logs } = this.#options;
    this.#redeploy = false;
    this.#unpacked = false;
    this.#changed.clear();
    logs.pause();
    try {
      await reach(target, async () => {
        await this.#watchFunctions(await functionSources(template));
        await clearRolledBack(target, stack);
        const deployed = await deployTemplate(target, template, { stack, param });
        if (deployed.changed || this.#deployed.size === 0) printOutputs(deployed.stack, false);
        await this.#watchArtifacts(deployed.artifacts.map(({ path }) => path));
        await this.#adopt(await stackFunctions(target, stack));
      });
    } catch (error) {
      this.#unpacked = error instanceof PackageError;
      throw error;
    } finally {
      logs.resume();
    }
    say(
      `Watching ${this.#functions.size} function${this.#functions.size === 1 ? '' : 's'} of ${stack}; Ctrl-C leaves it running.`,
    );
  }

  async #adopt(functions: readonly StackFunction[]): Promise<void> {
    this.#deployed = new Map(functions.map((one) => [one.logicalId, one]));
    this.#options.logs.follow(functions.map(({ logicalId, logGroup }) => ({ name: logicalId, logGroup })));
    const { onDeployed } = this.#options;
    if (onDeployed) await this.#guard(() => onDeployed(functions));
    // What an earlier session brought stays in the cloud while the template says nothing of it.
    for (const [logicalId, { updater }] of this.#functions) {
      const found = this.#deployed.get(logicalId);
      if (!found) continue;
      await this.#guard(async () => {
        await updater.update(found.functionName, found.codeSha256);
        await this.#watchSources(logicalId);
      });
    }
  }

  async #updateChanged(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    if (this.#unpacked || changed.some(([logicalId]) => !this.#deployed.has(logicalId)))
      this.#redeploy = true;
    await Promise.all(
      changed.map(([logicalId, since]) =>
        this.#guard(async () => {
          const watched = this.#functions.get(logicalId);
          const deployed = this.#deployed.get(logicalId);
          if (!watched || !deployed) return;
          const updated = await reach(this.#options.target, () =>
            watched.updater.update(deployed.functionName),
          );
          if (updated) {
            this.#options.logs.expect();
            say(`Updated ${logicalId} in ${Math.round(performance.now() - since)} ms.`);
          }
          await this.#watchSources(logicalId);
        }),
      ),
    );
  }

  async #watchFunctions(sources: readonly FunctionSource[]): Promise<void> {
    const built = isBuiltTemplate(this.#options.template);
    const wanted = new Map(
      sources
        // An alias that only the stack knows the name of: the stack publishes and moves it.
        .filter(({ alias }) => alias !== null)
        .map((source) => [source.logicalId, built ? { ...source, metadata: undefined } : source]),
    );
    for (const [logicalId, watched] of this.#functions) {
      const source = wanted.get(logicalId);
      if (source && JSON.stringify(source) === JSON.stringify(watched.updater.source))
        wanted.delete(logicalId);
      else await this.#forget(logicalId, watched);
    }
    const { target, stack } = this.#options;
    for (const [logicalId, source] of wanted) {
      const updater = new CodeUpdater(target, stack, source);
      const watcher = await this.#watch(source.folder, logicalId);
      this.#functions.set(logicalId, { updater, watchers: [watcher], sources: new Set() });
    }
  }

  /** A bundle is made of more than its folder. */
  async #watchSources(logicalId: string): Promise<void> {
    const watched = this.#functions.get(logicalId);
    for (const path of watched?.updater.sources ?? []) {
      if (!watched || watched.sources.has(path)) continue;
      watched.sources.add(path);
      watched.watchers.push(await this.#watch(path, logicalId));
    }
  }

  async #watchArtifacts(paths: readonly string[]): Promise<void> {
    const functions = new Set([...this.#functions.values()].map(({ updater }) => updater.source.folder));
    const wanted = new Set(paths.filter((path) => !functions.has(path)));
    wanted.add(this.#options.template);
    for (const [path, watcher] of this.#others) {
      if (wanted.has(path)) continue;
      watcher.close();
      this.#others.delete(path);
    }
    for (const path of wanted) await this.#watchOther(path);
  }

  async #watchOther(path: string): Promise<void> {
    const absolute = resolve(path);
    if (!this.#others.has(absolute)) this.#others.set(absolute, await this.#watch(absolute, undefined));
  }

  #watch(path: string, logicalId: string | undefined): Promise<TreeWatcher> {
    return TreeWatcher.open({
      path,
      onChange: () => this.#noticed(logicalId),
      onError: (error) => complain(new Failure(`${path} can't be watched: ${error.message}`)),
    });
  }

  async #forget(logicalId: string, { updater, watchers }: Watched): Promise<void> {
    this.#functions.delete(logicalId);
    for (const watcher of watchers) watcher.close();
    await updater.close();
  }

  async #close(): Promise<void> {
    for (const watcher of this.#others.values()) watcher.close();
    for (const [logicalId, watched] of this.#functions) await this.#forget(logicalId, watched);
  }

  async #guard(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!this.#stopped) complain(error as Error);
    }
  }
}

/** A stack whose creation failed can only be deleted; it holds nothing. */
async function clearRolledBack(target: Target, stack: string): Promise<void> {
  const client = new CloudFormationClient(clientConfig(target));
  const found = await client.send(new DescribeStacksCommand({ StackName: stack })).catch(() => undefined);
  if (found?.Stacks?.[0]?.StackStatus === 'ROLLBACK_COMPLETE') {
    await destroy(stack, { endpoint: target.endpoint, region: target.region });
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Shows what failed; the session goes on. */
function complain(error: Error): void {
  const red = process.stderr.isTTY ? ['\x1b[31m', '\x1b[0m'] : ['', ''];
  const at = error instanceof PackageError && error.line !== undefined ? ` (line ${error.line})` : '';
  const hints = error instanceof Failure ? error.hints : [];
  const name = error instanceof Failure || error instanceof PackageError ? '' : `${error.name}: `;
  say(`${red[0]}${name}${error.message}${at}${red[1]}`);
  for (const hint of hints) say(`  ${hint}`);
}
