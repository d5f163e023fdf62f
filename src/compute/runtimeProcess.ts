/** The process of an execution environment: its channel of frames, its output line by line, its signals and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { readInStep } from './backPressure.ts';
import { type RuntimeSupervisor, Supervisor, type SupervisorListener } from './extensions/supervisor.ts';
import { FrameReader } from './frames.ts';
import { logEventBytesMax } from './limits.ts';
import { LineReader } from './lines.ts';
import { chargedBytes, residentBytes } from './memory.ts';
import { processesOutside } from './processesOutside.ts';
import type { RuntimeApi } from './runtimeApi.ts';
import type { ControlGroup } from './sandbox/cgroups.ts';
import type { Launch } from './sandbox/port.ts';

export interface RuntimeListener {
  onFrame(kind: number, body: Buffer): void;
  /** A response came that is larger than any may be. */
  onTooLarge(): void;
  /** What isn't a frame came through the channel. */
  onNonsense(): void;
  /** A line of its output or error output. */
  onLine(line: string): void;
  /** There while no more lines can be taken: nothing is read meanwhile. */
  backlog(): Promise<void> | undefined;
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
  readonly #group: ControlGroup | undefined;
  /** What rests with it though it has left its process group. */
  #resting: readonly number[] = [];
  /** Starts the runtime and its extensions, when told to. */
  readonly supervisor: RuntimeSupervisor | undefined;

  /** @param runtimeApi for custom runtimes, which speak HTTP: frames go through it. */
  constructor(launch: Launch, runtimeApi: RuntimeApi | undefined, listener: RuntimeListener) {
    const { supervision } = listener;
    this.#runtimeApi = runtimeApi;
    this.#group = launch.group;
    // Each its own opening of the file: whoever reads it moves its place in it.
    const filter = launch.filter === undefined ? [] : [openSync(launch.filter, 'r')];
    this.#child = spawn(launch.command, launch.args, {
      cwd: launch.cwd,
      env: launch.environment as NodeJS.ProcessEnv,
      // A process group of its own: signals to it reach all that the function started.
      detached: true,
      stdio: ['ignore', ...Array<'pipe'>(supervision ? 7 : 4).fill('pipe'), ...filter],
    });
    for (const descriptor of filter) closeSync(descriptor);
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
    if (signal === 'SIGCONT') for (const other of this.#resting) send(other, signal);
    // The group may be gone already; `exit` says so.
    send(-pid, signal);
    this.#resting = signal === 'SIGSTOP' ? processesOutside(pid) : [];
    for (const other of this.#resting) send(other, signal);
    // What it has written is read to its end, whatever waits: there will be no more.
    if (signal === 'SIGKILL') for (const stream of this.#child.stdio) (stream as Readable | null)?.resume?.();
  }

  /**
   * Bytes that its processes hold; 0 where the machine doesn't tell.
   * @param boundBytes looked at closely only when a quick look finds more than this.
   */
  memory(boundBytes: number): number {
    const { pid } = this.#child;
    if (pid === undefined) return 0;
    return (this.#group ? chargedBytes(this.#group, pid) : residentBytes(pid, boundBytes)) ?? 0;
  }

  /** Whether the kernel has ended one of its processes because they held too much together. */
  get wasOutOfMemory(): boolean {
    try {
      return (this.#group?.kills() ?? 0) > 0;
    } catch {
      // The group is gone.
      return false;
    }
  }

  #listen(listener: RuntimeListener): void {
    const child = this.#child;
    const reader = new FrameReader(
      (kind, body) => listener.onFrame(kind, body),
      () => listener.onTooLarge(),
    );
    const backlog = () => listener.backlog();
    const [, stdout, stderr, input, output] = child.stdio;
    const push = (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        // The function can write to this channel too: nonsense there ends its environment, and nothing else.
        listener.onNonsense();
      }
    };
    readInStep(output as Readable, push, backlog);
    // The process may end at any moment; its end is seen by `exit`, not here.
    for (const stream of [stdout, stderr, input, output]) stream?.on('error', () => {});
    for (const stream of [stdout, stderr]) {
      const lines = new LineReader(logEventBytesMax, (line) => listener.onLine(line));
      readInStep(stream as Readable, (chunk) => lines.push(chunk), backlog);
      (stream as Readable).on('end', () => lines.end());
    }
    const onGone = (status: number, cause?: Error) => {
      listener.onGone(status, cause);
      this.#group?.remove();
    };
    child.on('error', (error) => onGone(127, error));
    child.on('close', (code, signal) => onGone(code ?? (signal ? 137 : 1)));
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
