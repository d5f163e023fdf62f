/** Processes under measurement: each is started fresh, tells its port, and is stopped by its signal. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ServerUnderTest {
  port: number;
  pid: number;
  /** By SIGTERM; what it kept is removed with it. */
  stop(): Promise<void>;
  /** By SIGKILL; what it kept stays. */
  kill(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Brume as the README starts it, durable, in a data folder of its own unless it is told which. */
export function startBrume(
  options: { ephemeral?: boolean; args?: string[]; folder?: string; inspectPort?: number } = {},
): Promise<ServerUnderTest> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'brume-bench-'));
  const data = options.ephemeral ? ['--ephemeral'] : ['--data', join(folder, 'data')];
  const { inspectPort } = options;
  // The launcher takes no options for Node.js.
  const [command, ...before] =
    inspectPort === undefined
      ? [join(root, 'bin/brume')]
      : [process.execPath, `--inspect=127.0.0.1:${inspectPort}`, join(root, 'src/cli/main.ts')];
  return startServer(
    command as string,
    [...before, 'start', '--port', '0', '--log-level', 'warn', ...data, ...(options.args ?? [])],
    /ready at http:\/\/[^:]+:(\d+)/,
    folder,
  );
}

/** HTTP and LMDB with no AWS layer: the yardstick. */
export function startBare(): Promise<ServerUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'brume-bench-bare-'));
  return startServer(
    process.execPath,
    [join(root, 'bench/bareServer.ts'), folder],
    /listening (\d+)/,
    folder,
  );
}

/** node:http answering what it is sent: what a function that echoes is compared with. */
export function startEchoServer(): Promise<ServerUnderTest> {
  return startServer(process.execPath, [join(root, 'bench/echoServer.ts')], /listening (\d+)/);
}

/** HTTP alone. */
export function startPlain(): Promise<ServerUnderTest> {
  return startServer(process.execPath, [join(root, 'bench/plainServer.ts')], /listening (\d+)/);
}

/** The `ws` package answering what it is sent. */
export function startBareWebSocket(): Promise<ServerUnderTest> {
  return startServer(process.execPath, [join(root, 'bench/webSocketServer.ts')], /listening (\d+)/);
}

export function startDynaliteServer(): Promise<ServerUnderTest> {
  return startServer(process.execPath, [join(root, 'bench/dynaliteServer.ts')], /listening (\d+)/);
}

/** The release that is measured; its licence allows development and test. */
const dynamoDbLocal = { group: 'com.amazonaws', artifact: 'DynamoDBLocal', version: '2.6.1' };

/**
 * Amazon's own DynamoDB Local, in memory, fetched from Maven Central once.
 * @returns undefined where it can't be had: without java, mvn or the repository.
 */
export async function startDynamoDbLocal(): Promise<ServerUnderTest | undefined> {
  const { group, artifact, version } = dynamoDbLocal;
  const folder = join(root, `node_modules/.cache/dynamodb-local-${version}`);
  const libraries = join(folder, 'lib');
  if (!existsSync(join(libraries, `${artifact}-${version}.jar`))) {
    mkdirSync(folder, { recursive: true });
    const dependency = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`;
    writeFileSync(
      join(folder, 'pom.xml'),
      `<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>bench</artifactId><version>1</version><dependencies><dependency>${dependency}</dependency></dependencies></project>`,
    );
    const fetched = spawnSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {
      cwd: folder,
      stdio: ['ignore', 2, 2],
    });
    if (fetched.status !== 0) return undefined;
  }
  const port = await freePort();
  const server = await startServer(
    'java',
    [
      ...['-Xmx4g', `-Djava.library.path=${libraries}`, '-cp', `${libraries}/*`],
      ...['com.amazonaws.services.dynamodbv2.local.main.ServerRunner', '-inMemory', '-port', String(port)],
    ],
    /Port:\s+(\d+)/,
    undefined,
    // It leaves a file where it runs.
    folder,
  ).catch(() => undefined);
  // It tells its port a moment before it listens.
  while (server && !(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 100));
  return server;
}

const answers = (port: number) =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function startServer(
  command: string,
  args: string[],
  ready: RegExp,
  folder?: string,
  cwd?: string,
): Promise<ServerUnderTest> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...(cwd ? { cwd } : {}) });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const port = Number(ready.exec(out)?.[1]);
      if (port)
        resolve({
          ...{ port, pid: child.pid as number },
          stop: () => stop(child, folder),
          kill: () => end(child, 'SIGKILL'),
        });
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${command} ended with code ${code} before it was ready`)));
  });
}

async function stop(child: ChildProcess, folder: string | undefined): Promise<void> {
  await end(child, 'SIGTERM');
  if (folder) rmSync(folder, { recursive: true, force: true });
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
