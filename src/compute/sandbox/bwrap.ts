/**
 * Linux namespaces through bubblewrap: the function sees /usr and its language, its own code and layers
 * read-only, a private /tmp, a /proc with its own processes, and nothing else of the machine.
 *
 * As root, the program runs as a user of its own (so that even outside of its namespaces it would own
 * nothing); otherwise in a user namespace in which no further one can be made.
 */
import { execFile } from 'node:child_process';
import { chownSync, existsSync, lstatSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fileDescriptorsMax, memorySampleMs, processesMax } from '../limits.ts';
import type { SandboxDescription } from '../port.ts';
import type { Language } from '../runtimes/languages.ts';
import type { Sdk } from '../runtimes/sdk.ts';
import { ControlGroups } from './cgroups.ts';
import {
  filterDescriptor,
  type Launch,
  type SandboxDriver,
  type SandboxPaths,
  type SandboxRequest,
} from './port.ts';
import { seccompFilter } from './seccomp.ts';

/** Users of sandboxes when Brume runs as root; no distribution hands these numbers out. */
const firstUserId = 800_000;
/** Process ids, and slots of each, that they are made of. */
const processesTold = 8192;
const slotsTold = 1024;

/** @param uid of a process or a socket. */
export function isSandboxUser(uid: number): boolean {
  return uid >= firstUserId && uid < firstUserId + processesTold * slotsTold;
}

/** For what a runtime compiles of its function: as much as is kept of it (codeCache.ts). */
const codeBytesMax = 32 * 1024 * 1024;

/** What programs need of /etc: name resolution, certificates, the linker's cache, time zone. */
const etcNames = [
  'resolv.conf',
  'nsswitch.conf',
  'ssl',
  'pki',
  'ca-certificates',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'alternatives',
];

/** In every sandbox, and nowhere else: the function's variables. */
export const sandboxMark = '/var/launch/variables';
const startScript = `. ${sandboxMark}; exec "$@"`;

export class BwrapDriver implements SandboxDriver {
  readonly name = 'bwrap';
  readonly keepsCode = true;
  readonly #common: readonly string[];
  readonly #asRoot: boolean;
  /** The machine's own names of hosts. */
  readonly #hosts = existsSync('/etc/hosts') ? readFileSync('/etc/hosts', 'utf8') : '127.0.0.1 localhost';
  readonly #paths: SandboxPaths = {
    task: '/var/task',
    opt: '/opt',
    runtime: '/var/runtime',
    sdk: '/var/sdk/python',
  };

  readonly #groups: ControlGroups | string;
  /** Absent for a processor that there is none for. */
  readonly #filter: Buffer | undefined;

  constructor(
    asRoot: boolean = process.getuid?.() === 0,
    groups: ControlGroups | string = ControlGroups.find(),
    filter = seccompFilter(process.arch, typeof groups !== 'string'),
  ) {
    this.#asRoot = asRoot;
    this.#common = commonArguments(asRoot);
    this.#groups = groups;
    this.#filter = filter;
  }

  /** Starts a sandbox around `true`. @returns why it can't, or undefined when it can. */
  static async probe(): Promise<string | undefined> {
    if (process.platform !== 'linux') return 'bubblewrap needs Linux';
    const asRoot = process.getuid?.() === 0;
    try {
      const args = [
        ...commonArguments(asRoot),
        '--tmpfs',
        '/tmp',
        '--',
        ...limited(asRoot, 0),
        '/usr/bin/true',
      ];
      await promisify(execFile)('bwrap', args, { timeout: 30_000 });
      return undefined;
    } catch (error) {
      const { code, stderr } = error as { code?: string; stderr?: string };
      if (code === 'ENOENT') return 'bubblewrap is not installed (package `bubblewrap`)';
      return `bubblewrap can't make a sandbox here: ${stderr?.trim() || String(error)}`;
    }
  }

  describe(): SandboxDescription {
    return {
      driver: this.name,
      protections: [
        'code and layers read-only, private /tmp of bounded size, no sight of the data folder, the home folders or other functions',
        'nothing else can be written: no other folder, no memory that counts for nobody',
        'own process, IPC and host-name namespaces; no capabilities; no new privileges',
        this.#asRoot ? 'a user id per environment' : 'a user namespace that can make no further one',
        ...(this.#filter
          ? ['a filter of system calls (seccomp): no mounts, namespaces, keyrings or io_uring']
          : []),
        `at most ${processesMax} processes and ${fileDescriptorsMax} open files per environment`,
        typeof this.#groups === 'string'
          ? `memory looked at every ${memorySampleMs} ms; over the limit the environment is killed`
          : `memory and processes counted and bounded by the kernel (control groups ${this.#groups.version})`,
        'the control plane (/_brume/) refuses functions',
      ],
      missing: [
        ...(this.#filter ? [] : [`no filter of system calls is written for ${process.arch} processors`]),
        ...(typeof this.#groups === 'string'
          ? [
              `${this.#groups}: memory is sampled instead, and what is taken and given back between two looks isn’t seen. Where systemd runs: systemd-run --user --scope brume start`,
            ]
          : []),
        'the network is the machine’s own: a function reaches what this machine reaches, servers on its loopback addresses and abstract sockets (X11) included',
      ],
    };
  }

  paths(): SandboxPaths {
    return this.#paths;
  }

  /** Each its own part of the loopback network, so that extensions in two sandboxes may take the same port. */
  address(slot: number): string {
    const own = mine(slot);
    return `127.${64 + ((own >> 16) & 127)}.${(own >> 8) & 255}.${own & 255}`;
  }

  launch(request: SandboxRequest): Launch {
    const userId = this.#asRoot ? firstUserId + mine(request.slot) : 993;
    const accounts = join(request.folder, 'passwd');
    writeFileSync(accounts, `sbx_user1051:x:${userId}:990::/home/sbx_user1051:/sbin/nologin\n`);
    const hosts = join(request.folder, 'hosts');
    const names = 'sandbox.localdomain sandbox.local sandbox';
    writeFileSync(hosts, `${this.#hosts}\n${this.address(request.slot)} ${names}\n`);
    const args = [
      ...this.#common,
      ...['--size', String(request.ephemeralStorageMb * 1024 * 1024), '--perms', '1777', '--tmpfs', '/tmp'],
      ...['--ro-bind', accounts, '/etc/passwd'],
      ...['--ro-bind', hosts, '/etc/hosts'],
      ...['--ro-bind', join(request.folder, 'task'), this.#paths.task],
      ...['--ro-bind', join(request.folder, 'opt'), this.#paths.opt],
      ...['--ro-bind', join(request.folder, 'code'), '/var/launch/keptCode'],
    ];
    if (request.sdkCode) args.push('--ro-bind', request.sdkCode, '/var/launch/sdkCode');
    const { language, runtimeFolder } = request;
    const program = [request.program ?? this.#showLanguage(language, args), ...request.args];
    if (runtimeFolder) args.push('--ro-bind', runtimeFolder, this.#paths.runtime);
    // Node.js keeps what it compiles in a folder that it can write to; others hand it over from memory.
    if (language.kind === 'nodejs')
      args.push('--size', String(codeBytesMax), '--perms', '1777', '--tmpfs', '/var/launch/code');
    if (language.kind === 'nodejs' && language.sdk) showSdk(language.sdk, args);
    if (language.kind === 'python' && language.sdk) {
      args.push('--ro-bind', language.sdk.folder, this.#paths.sdk);
    }
    args.push('--ro-bind', this.#writeVariables(request, userId), sandboxMark);
    args.push('--chdir', this.#paths.task, '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin');
    const { AWS_LAMBDA_EXEC_WRAPPER: wrapper } = request.variables;
    const command = [...(request.before ?? []), ...(wrapper ? [wrapper] : []), ...program];
    // Last of all: nothing that was made on the way here can be written to.
    args.push('--remount-ro', '/dev', '--remount-ro', '/');
    const filter = this.#writeFilter(request);
    if (filter) args.push('--seccomp', String(filterDescriptor(request.before !== undefined)));
    args.push('--', ...limited(this.#asRoot, userId), '/bin/sh', '-c', startScript, 'sh', ...command);
    const launch = { environment: { PATH: process.env.PATH ?? '' }, cwd: '/', ...(filter ? { filter } : {}) };
    if (typeof this.#groups === 'string') return { ...launch, command: 'bwrap', args };
    const group = this.#groups.make(request);
    // It joins before it is bubblewrap, so that nothing it starts is left outside.
    const enter = group.entrances.map((path) => `echo 0 > '${path}' && `).join('');
    return { ...launch, group, command: '/bin/sh', args: ['-c', `${enter}exec bwrap "$@"`, 'sh', ...args] };
  }

  close(): void {
    if (typeof this.#groups !== 'string') this.#groups.close();
  }

  #writeFilter({ folder }: SandboxRequest): string | undefined {
    if (!this.#filter) return undefined;
    const path = join(folder, 'filter');
    writeFileSync(path, this.#filter);
    return path;
  }

  /**
   * The function's variables go through a file that only the sandbox's user can read, and into the program after
   * all rights are dropped: a command line shows them to every user of the machine, and an LD_PRELOAD among them
   * would otherwise be obeyed by the programs that drop the rights.
   */
  #writeVariables(request: SandboxRequest, userId: number): string {
    const path = join(request.folder, 'variables');
    const lines = Object.entries(request.variables)
      .filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`);
    writeFileSync(path, lines.join(''), { mode: 0o600 });
    if (this.#asRoot) chownSync(path, userId, userId);
    return path;
  }

  /** Binds the language at /var/lang, as on AWS. @returns its program inside. */
  #showLanguage(language: Language, args: string[]): string {
    for (const path of language.shows) args.push('--ro-bind', path, path);
    if (language.prefix) {
      args.push('--ro-bind', language.prefix, '/var/lang');
      return language.program.replace(language.prefix, '/var/lang');
    }
    if (language.program.startsWith('/usr/')) return language.program;
    const name = language.program.slice(dirname(language.program).length + 1);
    args.push('--ro-bind', language.program, `/var/lang/bin/${name}`);
    return `/var/lang/bin/${name}`;
  }
}

function commonArguments(asRoot: boolean): string[] {
  const args = [
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--die-with-parent',
  ];
  args.push('--hostname', 'localhost');
  if (!asRoot) args.push('--unshare-user', '--disable-userns', '--uid', '993', '--gid', '990');
  args.push('--ro-bind', '/usr', '/usr');
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    const path = `/${name}`;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) args.push('--symlink', readlinkSync(path), path);
    else if (found) args.push('--ro-bind', path, path);
  }
  // Parents that bubblewrap makes by itself are closed to others, and as root the program is another user.
  const parents = [
    '/etc',
    '/var',
    '/var/launch',
    '/var/lang',
    '/var/lang/bin',
    '/var/sdk',
    '/var/sdk/node_modules',
    '/var/node_modules',
  ];
  for (const folder of parents) args.push('--perms', '0755', '--dir', folder);
  for (const name of etcNames) {
    if (existsSync(`/etc/${name}`)) args.push('--ro-bind', `/etc/${name}`, `/etc/${name}`);
  }
  args.push('--proc', '/proc', '--dev', '/dev');
  return args;
}

/** Resource limits, and as root the change to a user without any rights. */
function limited(asRoot: boolean, userId: number): string[] {
  const args = ['prlimit', `--nproc=${processesMax}`, `--nofile=${fileDescriptorsMax}`, '--core=0'];
  if (asRoot) {
    const id = String(userId || firstUserId);
    args.push('setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--no-new-privs');
    args.push('--bounding-set', '-all', '--inh-caps', '-all');
  }
  return args;
}

/**
 * The SDK’s packages at /var/sdk, and links to its scopes in /var/node_modules: Node looks there for what
 * /var/task doesn't have, with `require` and with `import`, and finds the SDK's own dependencies beside it.
 */
function showSdk(sdk: Sdk, args: string[]): void {
  for (const name of sdk.names)
    args.push('--ro-bind', join(sdk.folder, name), `/var/sdk/node_modules/${name}`);
  for (const name of sdk.public) {
    args.push('--symlink', `/var/sdk/node_modules/${name}`, `/var/node_modules/${name}`);
  }
}

/** Slots of one process among those of all: two clouds on a machine share its users' limits and its loopback network. */
function mine(slot: number): number {
  return (process.pid % processesTold) * slotsTold + (slot % slotsTold);
}
