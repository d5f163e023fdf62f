/**
 * A container as an environment's process: started attached, so that its output comes as it is written, fed through the
 * Runtime API, stopped and continued by the engine. Extensions are programs of the same container.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { RuntimeSupervisor } from '../extensions/supervisor.ts';
import { InvalidEntrypoint } from '../failures.ts';
import { logEventBytesMax } from '../limits.ts';
import { LineReader } from '../lines.ts';
import { residentBytes } from '../memory.ts';
import type { RuntimeApi } from '../runtimeApi.ts';
import type { RuntimeHost, RuntimeListener } from '../runtimeProcess.ts';
import type { Engine } from './engine.ts';

export interface ContainerStart {
  readonly engine: Engine;
  /** Of the container. */
  readonly name: string;
  readonly args: readonly string[];
  /** Of the engine's command line. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Names of files in /opt/extensions. */
  readonly external: readonly string[];
  readonly runtimeApi: RuntimeApi;
}

/** What docker and podman answer when it is they who couldn't start a program. */
const engineFailed = new Set([125, 126, 127]);
const remembered = 8;

export class ContainerProcess implements RuntimeHost {
  readonly supervisor: RuntimeSupervisor | undefined;
  /** The kernel ended what was in there for its memory. */
  wasOutOfMemory = false;
  readonly #start: ContainerStart;
  readonly #child: ChildProcess;
  readonly #extensions: ChildProcess[] = [];
  readonly #lastLines: string[] = [];
  /** Orders of the engine go one after the other: a pause is never overtaken by what ends it. */
  #orders: Promise<unknown> = Promise.resolve();
  #isPaused = false;
  #isEnded = false;
  #pid: number | undefined;

  constructor(start: ContainerStart, listener: RuntimeListener) {
    this.#start = start;
    const { engine, args, environment, runtimeApi, external } = start;
    this.#child = spawn(engine.program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      const lines = new LineReader(logEventBytesMax, (line) => this.#line(line, listener));
      stream?.on('data', (chunk: Buffer) => lines.push(chunk));
      stream?.on('end', () => lines.end());
    }
    this.#child.on('error', (error) => listener.onGone(127, error));
    this.#child.on('close', (code, signal) => {
      void this.#closed(code ?? (signal ? 137 : 1), listener);
    });
    runtimeApi.connect((kind, body) => {
      // Something in there speaks: it has a first process by now.
      if (this.#pid === undefined) void this.#findPid();
      listener.onFrame(kind, body);
    });
    const { supervision } = listener;
    if (supervision && external.length > 0) {
      this.supervisor = {
        startExtensions: () => {
          for (const name of external)
            this.#startExtension(name, (status) => supervision.onExtensionExit(name, status), supervision);
        },
        // The image's own program starts with its container.
        startRuntime: () => {},
        signalRuntime: (signal) => this.signal(signal),
      };
    }
  }

  send(bytes: Buffer): void {
    this.#start.runtimeApi.send(bytes);
  }

  signal(signal: NodeJS.Signals): void {
    const { engine, name } = this.#start;
    switch (signal) {
      case 'SIGSTOP':
        this.#isPaused = true;
        this.#order(() => engine.pause(name));
        break;
      case 'SIGCONT':
        this.#isPaused = false;
        this.#order(() => engine.unpause(name));
        break;
      case 'SIGKILL':
        this.#end();
        break;
      default:
        this.#order(() => engine.kill(name, signal.replace('SIG', '')));
    }
  }

  /** Bytes; 0 where the container's processes aren't this machine's. */
  memory(): number {
    return (this.#pid === undefined ? undefined : residentBytes(this.#pid)) ?? 0;
  }

  #line(line: string, listener: RuntimeListener): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > remembered) this.#lastLines.shift();
    listener.onLine(line);
  }

  #order(order: () => Promise<void>): void {
    this.#orders = this.#orders.then(() => (this.#isEnded ? undefined : order())).catch(() => {});
  }

  /** Removes the container with all that is in it; when the engine doesn't answer, at least its command line ends. */
  #end(): void {
    if (this.#isEnded) return;
    const { engine, name } = this.#start;
    const wasPaused = this.#isPaused;
    this.#orders = this.#orders
      .then(async () => {
        this.#isEnded = true;
        // Not every engine ends what it has paused.
        if (wasPaused) await engine.unpause(name).catch(() => {});
        await engine.remove([name]);
      })
      .catch(() => {})
      .then(() => this.#child.kill('SIGKILL'));
  }

  async #findPid(): Promise<void> {
    this.#pid = 0;
    const { engine, name } = this.#start;
    if (engine.kind === 'machine') return;
    const state = await engine.state(name).catch(() => undefined);
    this.#pid = state?.pid ?? 0;
  }

  async #closed(status: number, listener: RuntimeListener): Promise<void> {
    const { engine, name } = this.#start;
    const asked = this.#isEnded;
    // What removes the container ends its command line first, and isn't done by then.
    if (asked) await this.#orders;
    const state = asked ? undefined : await engine.state(name).catch(() => undefined);
    this.#isEnded = true;
    this.wasOutOfMemory = state?.outOfMemory === true;
    for (const extension of this.#extensions) extension.kill('SIGKILL');
    // One that was ended before it spoke may have been made only after its removal was asked for.
    if (!asked || this.#pid === undefined) await engine.remove([name]).catch(() => {});
    const reason = engineFailed.has(status) ? refusal(this.#lastLines, state === undefined) : undefined;
    if (reason !== undefined) listener.onGone(status, new InvalidEntrypoint(reason));
    else listener.onGone(this.wasOutOfMemory ? 137 : status);
  }

  #startExtension(
    file: string,
    onExit: (status: number) => void,
    listener: { onExtensionLine(line: string): void },
  ): void {
    const { engine, name, environment } = this.#start;
    // An exec into a container that isn't up yet is refused: its first process is there when it has a pid.
    void this.#running().then(() => {
      if (this.#isEnded) return;
      const child = spawn(engine.program, ['exec', name, `/opt/extensions/${file}`], {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      this.#extensions.push(child);
      for (const stream of [child.stdout, child.stderr]) {
        const lines = new LineReader(logEventBytesMax, (line) => listener.onExtensionLine(line));
        stream.on('data', (chunk: Buffer) => lines.push(chunk));
        stream.on('end', () => lines.end());
      }
      child.on('error', () => onExit(127));
      child.on('close', (code) => {
        if (!this.#isEnded) onExit(code ?? 137);
      });
    });
  }

  /** Resolves once the container runs, or has ended. */
  async #running(): Promise<void> {
    const { engine, name } = this.#start;
    while (!this.#isEnded) {
      const state = await engine.state(name).catch(() => undefined);
      if (state && state.pid > 0) return;
    }
  }
}

/**
 * Why the engine couldn't start the program, in the words that Lambda has for it: those of Go's `os/exec`.
 * @param neverWas there is no such container. @returns undefined when it was the program itself that ended so.
 */
function refusal(lines: readonly string[], neverWas: boolean): string | undefined {
  const said = lines.findLast((line) =>
    /OCI runtime|runc|crun|Error response from daemon|executable file|exec format/i.test(line),
  );
  if (said === undefined) return neverWas ? lines.at(-1) : undefined;
  const notFound = /exec: \\?"([^"\\]+)\\?": (.*?)(: unknown|$)/.exec(said);
  if (notFound) return `exec: "${notFound[1]}": ${notFound[2]}`;
  const failed = /exec (\/\S+): (exec format error|no such file or directory|permission denied)/.exec(said);
  if (failed) return `fork/exec ${failed[1]}: ${failed[2]}`;
  return said.replace(/^(docker|Error): /, '').replace(/\.?\s*$/, '');
}
