/**
 * What a sandboxed program may not ask the kernel for, as a filter for bubblewrap's `--seccomp`: classic BPF over the
 * number of the system call (https://docs.kernel.org/userspace-api/seccomp_filter.html). Namespaces and mounts of its own
 * would let it fill memory that nobody counts, and the rest is what no function needs and what most escapes were made of.
 */
type Processor = 'x64' | 'arm64';

/** Numbers of system calls: x86-64, arm64. https://github.com/torvalds/linux/blob/master/arch/x86/entry/syscalls/syscall_64.tbl */
const numbers = {
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  clone: [56, 220],
  clone3: [435, 435],
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  shmget: [29, 194],
} as const;

/** Refused with EPERM. */
const refused = [
  'unshare',
  'setns',
  'mount',
  'umount2',
  'pivot_root',
  'open_tree',
  'move_mount',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'mount_setattr',
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'io_uring_setup',
  'add_key',
  'request_key',
  'keyctl',
] as const;
/** Memory that no process need map, and that only a control group counts. */
const uncounted = ['memfd_create', 'memfd_secret', 'shmget'] as const;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const namespaceFlags = 0x0002_0000 | 0x7e00_0000;
const architectures: Record<Processor, number> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** From here on a number is of the x32 interface, whose calls are the same under other numbers. */
const x32 = 0x4000_0000;

const [eperm, enosys] = [1, 38];
const allow = 0x7fff_0000;
const errno = (number: number) => 0x0005_0000 | number;
/** Where the kernel puts what a filter may look at: struct seccomp_data. */
const at = { number: 0, architecture: 4, firstArgument: 16 } as const;
const [load, jumpIfEqual, jumpIfGreaterOrEqual, jumpIfSet, answer] = [0x20, 0x15, 0x35, 0x45, 0x06];

/**
 * @param countsAllMemory a control group does, so that memory may be held in files of memory too.
 * @returns undefined for a processor that it isn't written for.
 */
export function seccompFilter(processor: string, countsAllMemory: boolean): Buffer | undefined {
  if (processor !== 'x64' && processor !== 'arm64') return undefined;
  const column = processor === 'x64' ? 0 : 1;
  const number = (name: keyof typeof numbers) => numbers[name][column];
  const program: [code: number, yes: number, no: number, operand: number][] = [];
  /** Answers at once when the jump is taken. */
  const check = (code: number, operand: number, verdict: number) => {
    program.push([code, 0, 1, operand], [answer, 0, 0, verdict]);
  };
  program.push([load, 0, 0, at.architecture], [jumpIfEqual, 1, 0, architectures[processor]]);
  program.push([answer, 0, 0, errno(enosys)], [load, 0, 0, at.number]);
  if (processor === 'x64') check(jumpIfGreaterOrEqual, x32, errno(enosys));
  for (const name of refused) check(jumpIfEqual, number(name), errno(eperm));
  // Its flags are in memory, where no filter can look: C libraries fall back to the older call.
  check(jumpIfEqual, number('clone3'), errno(enosys));
  if (!countsAllMemory) for (const name of uncounted) check(jumpIfEqual, number(name), errno(enosys));
  program.push([jumpIfEqual, 0, 3, number('clone')], [load, 0, 0, at.firstArgument]);
  check(jumpIfSet, namespaceFlags, errno(eperm));
  program.push([answer, 0, 0, allow]);
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, yes, no, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4);
  }
  return bytes;
}
