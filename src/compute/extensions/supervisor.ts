/**
 * The first process of a sandbox with extensions in it: a shell that starts the extensions and the runtime, tells when
 * one of them ends, and passes signals to the runtime alone. All stay in one process group, to be frozen together.
 */
import type { Readable, Writable } from 'node:stream';
import { readInStep } from '../backPressure.ts';
import { logEventBytesMax } from '../limits.ts';
import { LineReader } from '../lines.ts';

/** Variables of the runtime's own that extensions don't get: the page of the Extensions API names them. */
const runtimeVariables = [
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  '_AWS_XRAY_DAEMON_ADDRESS',
  '_AWS_XRAY_DAEMON_PORT',
  '_HANDLER',
];

/**
 * Descriptors: 3 and 4 are the runtime's frames, 5 what the supervisor tells, 6 what it is told, 7 the output of
 * extensions, 8 the runtime's error output, which no remark of the shell's is to reach.
 */
const script = `exec 8>&2 2>/dev/null
extensions=$1; shift
run_extensions() {
  for file in "$extensions"/*; do
    [ -f "$file" ] || continue
    (
      (unset ${runtimeVariables.join(' ')}; exec "$file") </dev/null >&7 2>&7 3>&- 4>&- 5>&- 6>&- 7>&- 8>&-
      echo "extension $? \${file##*/}" >&5
    ) &
  done
}
run_runtime() {
  (
    "$@" 2>&8 5>&- 6>&- 7>&- 8>&- &
    runtime=$!
    echo "pid $runtime" >&5
    wait $runtime
    echo "runtime $?" >&5
  ) &
}
while read -r what how whom <&6; do
  case $what in
    extensions) run_extensions ;;
    runtime) run_runtime "$@" ;;
    signal) kill -"$how" "$whom" ;;
  esac
done
kill -9 0`;

/** What stands before the runtime's command line. @param folder of the extensions, as the sandbox sees it. */
export function supervised(folder: string): string[] {
  return ['/bin/sh', '-c', script, 'supervisor', folder];
}

export interface SupervisorListener {
  /** @param status as a shell counts it: above 128 a signal. */
  onRuntimeExit(status: number): void;
  onExtensionExit(name: string, status: number): void;
  onExtensionLine(line: string): void;
  /** There while no more lines can be taken. */
  readonly backlog: Promise<void> | undefined;
}

/** Who starts a runtime that has extensions beside it. */
export interface RuntimeSupervisor {
  startExtensions(): void;
  startRuntime(): void;
  signalRuntime(signal: NodeJS.Signals): void;
}

export interface SupervisorPipes {
  readonly told: Readable;
  readonly commands: Writable;
  readonly output: Readable;
}

/** Our end of its pipes. */
export class Supervisor implements RuntimeSupervisor {
  readonly #commands: Writable;
  readonly #listener: SupervisorListener;
  #runtimePid: string | undefined;
  #early: NodeJS.Signals | undefined;

  constructor({ told, commands, output }: SupervisorPipes, listener: SupervisorListener) {
    this.#commands = commands;
    this.#listener = listener;
    const news = new LineReader(logEventBytesMax, (line) => this.#news(line));
    told.on('data', (chunk: Buffer) => news.push(chunk));
    const lines = new LineReader(logEventBytesMax, (line) => listener.onExtensionLine(line));
    readInStep(
      output,
      (chunk) => lines.push(chunk),
      () => listener.backlog,
    );
    output.on('end', () => lines.end());
    // The sandbox may end at any moment; its end is seen elsewhere.
    for (const stream of [told, commands, output]) stream.on('error', () => {});
  }

  startExtensions(): void {
    this.#commands.write('extensions\n');
  }

  startRuntime(): void {
    this.#commands.write('runtime\n');
  }

  signalRuntime(signal: NodeJS.Signals): void {
    if (this.#runtimePid === undefined) this.#early = signal;
    else this.#commands.write(`signal ${signal.replace('SIG', '')} ${this.#runtimePid}\n`);
  }

  #news(line: string): void {
    const [what, value = '', ...rest] = line.split(' ');
    if (what === 'pid') {
      this.#runtimePid = value;
      if (this.#early) this.signalRuntime(this.#early);
    } else if (what === 'runtime') this.#listener.onRuntimeExit(Number(value));
    else if (what === 'extension') this.#listener.onExtensionExit(rest.join(' '), Number(value));
  }
}
