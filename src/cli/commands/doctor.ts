/** `brume doctor`: what this machine offers a cloud, what is missing, and what to do about it. */
import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { access, constants, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describeIsolation, findEngine, Languages, thisMachine } from '../../cloud/runtimes.ts';
import { exitCodes } from '../failure.ts';

const run = promisify(execFile);

interface Finding {
  /** `fail` stops a cloud from starting; `warn` takes something away. */
  level: 'ok' | 'warn' | 'fail';
  what: string;
  detail: string;
  /** One line each, for what consists of several things. */
  details?: readonly string[];
  advice?: string;
}

export async function doctor(options: { data: string; port: number }): Promise<void> {
  const findings = await Promise.all([
    node(),
    isolation(),
    python(),
    otherRuntimes(),
    container(),
    portIsFree(options.port),
    dataFolder(options.data),
    names(),
  ]);
  const marks = { ok: '✓', warn: '!', fail: '✗' } as const;
  for (const { level, what, detail, details, advice } of findings) {
    process.stdout.write(`${marks[level]} ${what.padEnd(12)} ${detail}\n`);
    for (const line of details ?? []) process.stdout.write(`               ${line}\n`);
    if (advice && level !== 'ok') process.stdout.write(`               ${advice}\n`);
  }
  if (findings.some(({ level }) => level === 'fail')) process.exitCode = exitCodes.failed;
}

async function node(): Promise<Finding> {
  return { level: 'ok', what: 'node', detail: `${process.version} runs Brume and Node.js functions` };
}

/** A sandbox is tried, not guessed: many systems have bubblewrap but forbid what it needs. */
async function isolation(): Promise<Finding> {
  const what = 'isolation';
  const { driver, protections, missing } = await describeIsolation();
  const details = [...protections.map((line) => `+ ${line}`), ...missing.map((line) => `- ${line}`)];
  if (driver === 'bwrap') {
    return {
      level: 'ok',
      what,
      detail: 'bubblewrap works: functions see neither this home nor each other',
      details,
    };
  }
  const isAbsent = missing.some((line) => line.includes('not installed'));
  return {
    level: 'warn',
    what,
    detail: 'functions run as plain processes and see what you see',
    details,
    advice: isAbsent
      ? 'On Linux: apt install bubblewrap (or your system’s package). Run only functions you trust until then.'
      : 'Unprivileged user namespaces may be off (sysctl kernel.unprivileged_userns_clone, AppArmor).',
  };
}

async function python(): Promise<Finding> {
  const what = 'python';
  try {
    const { stdout } = await run('python3', [
      '-c',
      'import sys; print("%d.%d.%d" % sys.version_info[:3])\ntry:\n import boto3; print(boto3.__version__)\nexcept ImportError: print("-")',
    ]);
    const [version, boto3] = stdout.trim().split('\n');
    return boto3 === '-'
      ? {
          level: 'warn',
          what,
          detail: `${version}, without boto3`,
          advice: 'Functions that import boto3 need it: brume runtimes install python-sdk, or package it.',
        }
      : { level: 'ok', what, detail: `${version} with boto3 ${boto3}` };
  } catch {
    return {
      level: 'warn',
      what,
      detail: 'not found: Python functions can’t run',
      advice: 'Install python3 (3.8 or newer).',
    };
  }
}

async function otherRuntimes(): Promise<Finding> {
  const what = 'runtimes';
  const found = await new Languages().list();
  const of = (status: string) => found.filter((finding) => finding.status === status);
  const missing = [
    ...new Set(of('missing').map(({ identifier }) => identifier.replace(/(core)?[\d.]+.*$/, ''))),
  ];
  const nearest = of('nearest').length;
  const detail = `${of('exact').length} exact, ${nearest} on a near version`;
  return missing.length === 0
    ? { level: 'ok', what, detail }
    : {
        level: 'warn',
        what,
        detail: `${detail}; none for ${missing.join(', ')}`,
        advice:
          '`brume runtimes` says what is missing and how to get it. Only functions that name them need it.',
      };
}

async function container(): Promise<Finding> {
  const what = 'containers';
  const engine = await findEngine(thisMachine());
  if (!engine) {
    const detail = 'no docker or podman answers: functions from container images can’t run; all others can';
    return { level: 'ok', what, detail };
  }
  const { name, version, kind } = engine;
  if (name === 'docker' && kind === 'rootless') {
    const detail = `${name} ${version} answers, rootless: its containers can’t reach programs of this machine`;
    const advice = 'Functions from container images need podman, or Docker as the system runs it.';
    return { level: 'warn', what, detail, advice };
  }
  return { level: 'ok', what, detail: `${name} ${version} runs functions from container images` };
}

async function portIsFree(port: number): Promise<Finding> {
  const what = 'port';
  const server = createServer();
  return await new Promise<Finding>((done) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      done({
        level: error.code === 'EADDRINUSE' ? 'warn' : 'fail',
        what,
        detail:
          error.code === 'EADDRINUSE' ? `${port} is taken` : `${port} can’t be opened: ${error.message}`,
        advice: `\`brume status\` tells whether a cloud has it; --port takes another, --port 0 a free one.`,
      }),
    );
    server.listen(port, '127.0.0.1', () =>
      server.close(() => done({ level: 'ok', what, detail: `${port} is free` })),
    );
  });
}

async function dataFolder(folder: string): Promise<Finding> {
  const what = 'data';
  const path = resolve(folder);
  for (let at = path; ; at = dirname(at)) {
    try {
      await access(at, constants.W_OK);
      const held = at === path ? await readFile(`${path}/lock`, 'utf8').catch(() => undefined) : undefined;
      const pid = Number(held);
      const running = pid > 0 && isAlive(pid);
      return {
        level: 'ok',
        what,
        detail: running ? `${path}, in use by process ${pid}` : `${path} can be written`,
      };
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (missing && at !== dirname(at)) continue;
      return { level: 'fail', what, detail: `${at} can’t be written`, advice: 'Choose another with --data.' };
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function names(): Promise<Finding> {
  const what = 'names';
  const name = 'doctor.execute-api.localhost';
  try {
    const { address } = await lookup(name);
    return { level: 'ok', what, detail: `*.localhost leads to ${address}` };
  } catch {
    return {
      level: 'warn',
      what,
      detail: '*.localhost doesn’t resolve here',
      advice:
        'Browsers and curl resolve it by themselves; other clients can use the path form: /_aws/execute-api/{api}/{stage}/…',
    };
  }
}
