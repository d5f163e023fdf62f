/** The process of an execution environment: its channel of frames, its output line by line, its signals and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type RuntimeSupervisor, Supervisor, type SupervisorListener } from './extensions/supervisor.ts';
import { FrameReader } from './frames.ts';
import { logEventBytesMax } from './limits.ts';
import { LineReader } from './lines.ts';
import { residentBytes } from './memory.ts';
import type { RuntimeApi } from './runtimeApi.ts';
import type { Launch } from './sandbox/port.ts';

export interface RuntimeListener {
  onFrame(kind: number, body: Buffer): void;
  /** What isn't a frame came through the channel. */
  onNonsense(): void;
  /** A line of its output or error output. */
  onLine(line: string): void;
  /** The process has ended, or never began (`cause`). May be called twice. */
  onGone(status: number, cause?: Error): void;
  /** Where the runtime isn't alone. */
  readonly supervision?: SupervisorListener;
}

/** What an environment's runtime runs in: a process like these, or a container. */
export type RuntimeHost = Pick<RuntimeProcess, keyof RuntimeProcess>;

export class RuntimeProcess {
  readonly #child: ChildProcess;
  readonly #runtimeApi: RuntimeApi | undefined;
  /** Starts the runtime and its extensions, when told to. */
  readonly supervisor: RuntimeSupervisor | undefined;

  /** @param runtimeApi for custom runtimes, which speak HTTP: frames go through it. */
  constructor(launch: Launch, runtimeApi: RuntimeApi | undefined, listener: RuntimeListener) {
    const { supervision } = listener;
    this.#runtimeApi = runtimeApi;
    this.#child = spawn(launch.command, launch.args, {
      cwd: launch.cwd,
      env: launch.environment as NodeJS.ProcessEnv,
      // A process group of its own: signals to it reach all that the function started.
      detached: true,
      stdio: ['ignore', ...Array<'pipe'>(supervision ? 7 : 4).fill('pipe')],
    });
    if (supervision) {
      const [told, commands, output] = this.#child.stdio.slice(5) as [Readable, Writable, Readable];
      this.supervisor = new Supervisor({ told, commands, output }, supervision);
    }
    this.#listen(listener);
    runtimeApi?.connect((kind, body) => listener.onFrame(kind, body));
  }

  send(bytes: Buffer): void {
    if (this.#runtimeApi) this.#runtimeApi.send(bytes);
    else (this.#child.stdio[3] as Writable).write(bytes);
  }

  /** To the process and all that it started. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already; `exit` says so.
    }
  }

  /** Bytes; 0 where the machine doesn't tell. */
  memory(): number {
    return (this.#child.pid === undefined ? undefined : residentBytes(this.#child.pid)) ?? 0;
  }

  #listen(listener: RuntimeListener): void {
    const child = this.#child;
    const reader = new FrameReader((kind, body) => listener.onFrame(kind, body));
    const [, stdout, stderr, input, output] = child.stdio;
    (output as Readable).on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        // The function can write to this channel too: nonsense there ends its environment, and nothing else.
        listener.onNonsense();
      }
    });
    // The process may end at any moment; its end is seen by `exit`, not here.
    for (const stream of [stdout, stderr, input, output]) stream?.on('error', () => {});
    for (const stream of [stdout, stderr]) {
      const lines = new LineReader(logEventBytesMax, (line) => listener.onLine(line));
      (stream as Readable).on('data', (chunk: Buffer) => lines.push(chunk));
      (stream as Readable).on('end', () => lines.end());
    }
    child.on('error', (error) => listener.onGone(127, error));
    child.on('close', (code, signal) => listener.onGone(code ?? (signal ? 137 : 1)));
  }
}
