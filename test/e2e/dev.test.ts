/** `brume dev` as a person uses it: the real command, files saved under it, requests that see them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brume, root, run, runBrume, temporaryFolder } from './support/server.ts';

const folder = temporaryFolder();
const project = join(folder.path, 'my_shop');
let session: Session;
/** All that was started, so that nothing is left behind when a test fails. */
const children: ChildProcess[] = [];
let lambda: LambdaClient;

interface Session {
  child: ChildProcess;
  endpoint: string;
  stdout(): string;
  stderr(): string;
}

const template = (extra = '') => `
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Runtime: nodejs24.x, Timeout: 5 }
Resources:
  Plain:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: plain, CodeUri: plain, Handler: index.handler }
  Other:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: other, CodeUri: other, Handler: index.handler, AutoPublishAlias: live }
  Typed:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { Target: es2022, Sourcemap: true, EntryPoints: [src/app.ts] } }
    Properties: { FunctionName: typed, CodeUri: typed, Handler: app.handler }
${extra}`;

function save(path: string, text: string): void {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** As many editors save: beside it, then in its place. */
function replace(path: string, text: string): void {
  save(`${path}~`, text);
  renameSync(join(project, `${path}~`), join(project, path));
}

const answering = (text: string) =>
  `exports.handler = async (event) => { console.log('says ${text}'); return '${text}'; };`;

async function answer(name: string, Qualifier?: string, event: object = {}): Promise<unknown> {
  const { Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: name,
      Payload: Buffer.from(JSON.stringify(event)),
      ...(Qualifier ? { Qualifier } : {}),
    }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

/** @param until what it says on standard error when it is as far as the test wants it. */
async function start(
  args: string[],
  env: Record<string, string>,
  { file = 'template.yaml', until = /Watching \d+ functions? of/ } = {},
): Promise<Session> {
  const child = spawn(brume, ['dev', join(project, file), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  const watching = new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk;
      if (until.test(stderr)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`brume dev ended with code ${code}: ${stderr}`)));
  });
  const started: Session = {
    child,
    endpoint: env.AWS_ENDPOINT_URL as string,
    stdout: () => stdout,
    stderr: () => stderr,
  };
  await watching;
  return started;
}

/** A debugger: attaches as soon as somebody listens, and lets the program run. */
async function attach(port: number) {
  let target: string | undefined;
  await expect
    .poll(
      async () => {
        const list = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => undefined);
        target = ((await list?.json()) as { webSocketDebuggerUrl: string }[] | undefined)?.[0]
          ?.webSocketDebuggerUrl;
        return target;
      },
      { interval: 20 },
    )
    .toBeTruthy();
  const socket = new WebSocket(target as string);
  await once(socket, 'open');
  const scripts = new Map<string, string>();
  const pauses: { url: string; line: number }[] = [];
  let wake = () => {};
  socket.addEventListener('message', ({ data }) => {
    const { method, params } = JSON.parse(String(data));
    if (method === 'Debugger.scriptParsed') scripts.set(params.scriptId, params.url);
    if (method !== 'Debugger.paused') return;
    const { scriptId, lineNumber } = params.callFrames[0].location;
    pauses.push({ url: scripts.get(scriptId) ?? '', line: lineNumber + 1 });
    wake();
  });
  const paused = async () => {
    if (pauses.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return pauses.shift() as { url: string; line: number };
  };
  let id = 0;
  const send = (method: string) => socket.send(JSON.stringify({ id: ++id, method }));
  send('Debugger.enable');
  send('Runtime.runIfWaitingForDebugger');
  return { send, paused: paused(), pausedAgain: paused, close: () => socket.close() };
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

beforeAll(async () => {
  save('template.yaml', template());
  save('plain/index.js', answering('one'));
  save('other/index.js', answering('other'));
  save('shared/greeting.ts', 'export const greeting: string = "hello";');
  save(
    'typed/src/app.ts',
    `import { greeting } from '../../shared/greeting.ts';
     export const handler = async (): Promise<string> => greeting;`,
  );
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  session = await start(['--ephemeral'], { AWS_ENDPOINT_URL: endpoint });
  lambda = new LambdaClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  folder.remove();
});

describe('brume dev', () => {
  it('starts a cloud when none answers, and deploys into it under the name of the folder', async () => {
    expect(session.stderr()).toContain(`Started a cloud at ${session.endpoint}`);
    expect(session.stderr()).toContain('Watching 3 functions of my-shop');
    expect(await answer('plain')).toBe('one');
    expect(await answer('typed')).toBe('hello');
  });

  it('a saved handler is live, however it was saved, and no other function is touched', async () => {
    const revision = async () =>
      (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'typed' }))).RevisionId;
    const before = await revision();
    save('plain/index.js', answering('two'));
    await expect.poll(() => answer('plain'), { interval: 5 }).toBe('two');
    replace('plain/index.js', answering('three'));
    await expect.poll(() => answer('plain'), { interval: 5 }).toBe('three');
    rmSync(join(project, 'plain'), { recursive: true });
    save('plain/lib/text.js', 'module.exports = "four";');
    save('plain/index.js', 'exports.handler = async () => require("./lib/text.js");');
    await expect.poll(() => answer('plain')).toBe('four');
    save('plain/lib/text.js', 'module.exports = "five";');
    await expect.poll(() => answer('plain')).toBe('five');
    expect(await revision()).toBe(before);
  });

  it('a function behind an alias is published, and the alias moved', async () => {
    expect(await answer('other', 'live')).toBe('other');
    save('other/index.js', answering('published'));
    await expect.poll(() => answer('other', 'live')).toBe('published');
  });

  it('TypeScript is bundled, sources outside of its folder included', async () => {
    save('shared/greeting.ts', 'export const greeting: string = "good evening";');
    await expect.poll(() => answer('typed')).toBe('good evening');
    save('shared/greeting.ts', 'export const greeting: string = ;');
    await expect.poll(() => session.stderr()).toContain("Typed.CodeUri can't be bundled");
    expect(session.stderr()).toMatch(/shared\/greeting\.ts:1: /);
    expect(await answer('typed')).toBe('good evening');
    save('shared/greeting.ts', 'export const greeting: string = "good night";');
    await expect.poll(() => answer('typed')).toBe('good night');
  });

  it('the logs of all functions come under their names', async () => {
    await expect.poll(() => session.stdout()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} Plain +.*says two$/m);
    await expect.poll(() => session.stdout()).toMatch(/^[\d:.]+ Other +.*says published$/m);
    expect(session.stdout()).toMatch(/^[\d:.]+ Plain +REPORT RequestId/m);
    const starts = session.stdout().match(/START RequestId: \S+/g) ?? [];
    expect(new Set(starts).size, 'each line once').toBe(starts.length);
  });

  it('a changed template is deployed; one that is wrong is told, and survived', async () => {
    save('template.yaml', template('  Broken: { Type: AWS::No::Such }\n'));
    await expect.poll(() => session.stderr()).toContain('AWS::No::Such');
    expect(await answer('plain')).toBe('five');
    save('template.yaml', `${template()}Outputs: { Greeting: { Value: ready } }\n`);
    await expect.poll(() => session.stdout()).toContain('Greeting=ready');
    save('plain/index.js', answering('six'));
    await expect.poll(() => answer('plain')).toBe('six');
  });

  it('code that is wrong from the start is told, and deployed once it is mended', async () => {
    save('typed/src/late.ts', 'export const handler = async () => ;');
    save(
      'late.yaml',
      `Transform: AWS::Serverless-2016-10-31
Resources:
  Late:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild }
    Properties: { FunctionName: late, CodeUri: typed/src, Handler: late.handler, Runtime: nodejs24.x }
`,
    );
    const late = await start(
      ['--stack', 'late'],
      { AWS_ENDPOINT_URL: session.endpoint },
      { file: 'late.yaml', until: /Late.CodeUri can't be bundled/ },
    );
    save('typed/src/late.ts', 'export const handler = async () => "at last";');
    await expect.poll(late.stderr).toContain('Watching 1 function of late');
    expect(await answer('late')).toBe('at last');
    late.child.kill('SIGINT');
    await once(late.child, 'exit');
  });

  it('a sample event goes through a pipe into a function', async () => {
    save('plain/index.js', 'exports.handler = async (event) => event.Records[0].body;');
    const pipe = `"${brume}" event sqs receive-message --body="from a pipe" | "${brume}" invoke plain --payload -`;
    const piped = async () =>
      (await run('/bin/sh', ['-c', pipe], { AWS_ENDPOINT_URL: session.endpoint })).stdout.trim();
    await expect.poll(piped).toBe('"from a pipe"');
  });

  it('a debugger stops in a handler, for longer than its timeout, until the code changes', async () => {
    save('brief/index.js', 'exports.handler = async (event) => {\n  debugger;\n  return event.n + 1;\n};');
    const port = await freePort();
    save(
      'brief.yaml',
      `Transform: AWS::Serverless-2016-10-31
Resources:
  Brief:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: brief, CodeUri: brief, Handler: index.handler, Runtime: nodejs24.x, Timeout: 1 }
`,
    );
    const inspected = await start(
      ['--stack', 'brief', `--inspect=${port}`, 'Brief'],
      { AWS_ENDPOINT_URL: session.endpoint },
      { file: 'brief.yaml' },
    );
    expect(inspected.stderr()).toContain(`Brief waits for a debugger at 127.0.0.1:${port}`);
    const invoked = answer('brief', undefined, { n: 41 });
    const first = await attach(port);
    const stopped = await first.paused;
    expect(stopped.url).toMatch(/\/index\.js$/);
    expect(stopped.line).toBe(2);
    // Its timeout is a second.
    const until = Date.now() + 1200;
    await expect.poll(() => Date.now()).toBeGreaterThan(until);
    first.send('Debugger.resume');
    expect(await invoked).toBe(42);

    const left = answer('brief', undefined, { n: 1 });
    await first.pausedAgain();
    save('brief/index.js', 'exports.handler = async (event) => {\n  return event.n + 100;\n};');
    expect(await left).toMatchObject({ errorType: 'Runtime.ExitError' });
    const next = answer('brief', undefined, { n: 1 });
    const second = await attach(port);
    expect(await next).toBe(101);
    second.close();

    inspected.child.kill('SIGINT');
    await once(inspected.child, 'exit');
    expect(await answer('brief', undefined, { n: 2 }), 'nobody waits any more').toBe(102);
  });

  it('only functions in Node.js of this stack are inspected', async () => {
    const refused = await start(['--inspect', 'NoSuch'], { AWS_ENDPOINT_URL: session.endpoint });
    expect(refused.stderr()).toContain('There is no function NoSuch.\n  The stack has Other, Plain, Typed.');
    refused.child.kill('SIGINT');
    await once(refused.child, 'exit');
    const answered = await fetch(`${session.endpoint}/_brume/services/lambda/inspect?function=none&port=1`, {
      method: 'POST',
    });
    expect(answered.status).toBe(400);
    const unknown = await fetch(`${session.endpoint}/_brume/services/lambda/nothing`, { method: 'POST' });
    expect(unknown.status).toBe(404);
  });

  it('Ctrl-C leaves the stack, and another session takes up what has changed meanwhile', async () => {
    const data = join(folder.path, 'data');
    const kept = await start(['--stack', 'kept'], {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}`,
      BRUME_DATA: data,
    });
    kept.child.kill('SIGINT');
    await once(kept.child, 'exit');
    expect(kept.child.exitCode, kept.stderr()).toBe(0);
    expect(kept.stderr()).toContain('kept stays as it is');
    const again = await start(['--stack', 'kept'], { AWS_ENDPOINT_URL: kept.endpoint, BRUME_DATA: data });
    expect(again.stderr()).toContain('kept is up to date');
    again.child.kill('SIGINT');
    await once(again.child, 'exit');
  });

  it('a cloud on another machine is not started here', async () => {
    const result = await runBrume('http://brume.invalid:4566', [
      'dev',
      join(root, 'examples/crud/template.yaml'),
    ]);
    expect(result.code).toBe(3);
  });
});
