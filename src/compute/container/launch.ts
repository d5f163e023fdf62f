/** The command line that runs a function's image as Lambda runs it. */
import { fileDescriptorsMax, processesMax } from '../limits.ts';
import type { ImageUse } from '../port.ts';
import type { ContainerNetwork } from './network.ts';

export interface ContainerLaunch {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What to run: an id, or a reference that is on this machine. */
  readonly image: string;
  /** What the image itself would be started with, after its entry point. */
  readonly imageCommand: readonly string[];
  readonly use: ImageUse;
  readonly memoryMb: number;
  readonly ephemeralStorageMb: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly network: ContainerNetwork;
}

/** “At 1,769 MB, a function has the equivalent of one vCPU”: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const memoryMbPerCpu = 1769;
/** A container's weight when nobody says anything; docker's and podman's `--cpu-shares`. */
const sharesPerCpu = 1024;

/** Variables that the engine's command line itself would heed: they don't go through its environment. */
const heeded =
  /^(PATH$|HOME$|TMPDIR$|DOCKER_|BUILDKIT_|COMPOSE_|CONTAINER|PODMAN|STORAGE_|REGISTR|BUILDAH|XDG_|LD_|GO|HTTPS?_PROXY$|NO_PROXY$|https?_proxy$|no_proxy$|SSL_CERT|OTEL_|DBUS_|NOTIFY_SOCKET$|LISTEN_)/;

/**
 * The arguments of `run`, and what is added to the environment of the command line: variables are handed over there,
 * since a command line shows them to every user of the machine.
 *
 * As on Lambda, the root file system is read-only, /tmp is the only place to write to, and the program runs as a user
 * without rights, whatever USER the image names. A share of the processors is guaranteed in proportion to memory; what
 * nobody else uses is there for all.
 */
export function containerArguments(launch: ContainerLaunch): {
  args: string[];
  environment: Record<string, string>;
} {
  const { use, variables, network } = launch;
  const memory = `${launch.memoryMb}m`;
  const args = [
    ...['run', '--name', launch.name, '--pull', 'never'],
    ...Object.entries(launch.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...['--memory', memory, '--memory-swap', memory],
    ...['--cpu-shares', String(Math.max(2, Math.round((launch.memoryMb * sharesPerCpu) / memoryMbPerCpu)))],
    ...['--read-only', '--tmpfs', `/tmp:rw,exec,mode=1777,size=${launch.ephemeralStorageMb}m`],
    ...['--user', '993:990', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--pids-limit', String(processesMax)],
    ...['--ulimit', `nofile=${fileDescriptorsMax}:${fileDescriptorsMax}`, '--ulimit', 'core=0'],
    ...['sandbox.localdomain', 'sandbox.local', 'sandbox'].flatMap((name) => [
      '--add-host',
      `${name}:127.0.0.1`,
    ]),
    ...network.args,
  ];
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (heeded.test(name)) args.push('--env', `${name}=${value}`);
    else {
      args.push('--env', name);
      environment[name] = value;
    }
  }
  if (use.workingDirectory) args.push('--workdir', use.workingDirectory);
  const [entryPoint, ...rest] = use.entryPoint ?? [];
  // An engine that is given another entry point forgets the image's command; Lambda overrides each by itself.
  const command = use.command?.length ? use.command : entryPoint === undefined ? [] : launch.imageCommand;
  if (entryPoint !== undefined) args.push('--entrypoint', entryPoint);
  args.push(launch.image, ...rest, ...command);
  return { args, environment };
}
