/**
 * Functions from container images, by way of a stand-in for `docker` that starts their entry point as a process of this
 * machine; and by the real engine, where one answers.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/index.ts';
import { createBench } from '../fixture.ts';
import { type EnvironmentSpec, type ImageUse, imageRuntime, MissingRuntime } from '../port.ts';
import { thisMachine } from '../runtimes/machine.ts';
import { findEngine } from './cli.ts';
import { Containers, noEngine } from './containers.ts';
import { type FakeImage, fakeEngine } from './testing/fakeEngine.ts';

const root = mkdtempSync(join(tmpdir(), 'brume-container-'));
const engine = fakeEngine(join(root, 'engine'));
const bench = createBench({ machine: engine.machine });
afterAll(async () => {
  await bench.close();
  rmSync(root, { recursive: true, force: true });
});

/** Answers with what it was started with; speaks the Runtime API as any client does. */
const app = `
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
let n = 0;
for (;;) {
  const next = await fetch(api + 'next');
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const event = await next.json();
  console.log('saw ' + JSON.stringify(event));
  if (event.exit !== undefined) process.exit(event.exit);
  if (event.kill) process.kill(process.pid, 'SIGKILL');
  let fetched;
  if (event.fetch) fetched = await (await fetch(process.env.AWS_ENDPOINT_URL + event.fetch)).text();
  const answer = { n: ++n, args: process.argv.slice(2), cwd: process.cwd(), variables: event.variables ? process.env : undefined, fetched, event };
  await fetch(api + id + '/response', { method: 'POST', body: JSON.stringify(answer) });
}`;

let count = 0;
function imageOf(change: Partial<FakeImage> = {}, files: Record<string, string> = {}): FakeImage {
  const folder = join(root, 'images', String(++count));
  for (const [name, text] of Object.entries({ 'app.mjs': app, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  const id = `sha256:${String(count).padStart(64, '0')}`;
  const entryPoint = [process.execPath, join(folder, 'app.mjs')];
  return { id, digests: [], entryPoint, command: ['app.handler'], folder, ...change };
}

function spec(
  reference: string,
  use: Partial<ImageUse> = {},
  change: Partial<EnvironmentSpec> = {},
): EnvironmentSpec {
  return {
    ...bench.spec({}),
    runtime: imageRuntime,
    image: { reference, architecture: 'x86_64', ...use },
    handler: '',
    codeFolder: '',
    ...change,
  };
}

// Each call of the stand-in is a start of Node.js.
describe('a function from an image', { timeout: 60_000 }, () => {
  it('is started as Lambda starts it, fed through the Runtime API, and used again', async () => {
    const image = imageOf({ variables: { OWN: 'of the image' } });
    engine.add('orders:7', image);
    const own = spec('orders:7', {}, { environment: { KEY: 'a\nb', LD_PRELOAD: '' }, memoryMb: 512 });
    const { value, result } = await bench.invoke(own, { variables: true });
    expect(value).toMatchObject({
      n: 1,
      args: ['app.handler'],
      cwd: image.folder,
      variables: { KEY: 'a\nb', OWN: 'of the image', AWS_LAMBDA_RUNTIME_API: expect.stringContaining(':') },
    });
    expect((value as { variables: object }).variables).not.toHaveProperty('LAMBDA_TASK_ROOT');
    expect(result.initMs).toBeGreaterThan(0);
    expect((await bench.invoke(own, {})).value).toMatchObject({ n: 2 });
    const [run = []] = engine.calls('run').slice(-1);
    const line = run.join(' ');
    for (const part of [
      '--read-only --tmpfs /tmp:rw,exec,mode=1777,size=512m',
      '--memory 512m --memory-swap 512m --cpu-shares 296',
      '--user 993:990 --cap-drop ALL --security-opt no-new-privileges',
      '--pids-limit 1024 --ulimit nofile=1024:1024',
      '--add-host host.docker.internal:host-gateway',
      `--label brume.pid=${process.pid}`,
      '--env LD_PRELOAD= ',
      '--env KEY ',
    ]) {
      expect(line).toContain(part);
    }
    expect(line).not.toContain('a\nb');
    expect(run.at(-1)).toBe(image.id);
    expect(bench.logs).toContain('saw {}');
    expect(bench.logs.some((text) => text.startsWith('INIT_START'))).toBe(false);
  });

  it('takes entry point, command and working directory from ImageConfig, each by itself', async () => {
    const image = imageOf({ entryPoint: ['/none'] });
    engine.add('config:1', image);
    const entryPoint = [process.execPath, join(image.folder, 'app.mjs')];
    const both = spec('config:1', { entryPoint, command: ['x', 'y'], workingDirectory: '/' });
    expect((await bench.invoke(both)).value).toMatchObject({ args: ['x', 'y'], cwd: '/' });
    const one = spec('config:1', { entryPoint, command: [] });
    expect((await bench.invoke(one)).value).toMatchObject({ args: ['app.handler'], cwd: image.folder });
  });

  it('runs the image it was made with, whatever its name means by then', async () => {
    const first = imageOf({ command: ['first'] });
    engine.add('moving:latest', first);
    const resolved = await bench.computer.resolveImage('moving:latest');
    expect(resolved).toEqual({ id: first.id, digest: first.id, size: 1000 });
    engine.add('kept', first);
    engine.add('moving:latest', imageOf({ command: ['second'] }));
    const pinned = spec('moving:latest', { pinned: resolved?.id ?? '' });
    expect((await bench.invoke(pinned)).value).toMatchObject({ args: ['first'] });
    expect((await bench.invoke(spec('moving:latest'))).value).toMatchObject({ args: ['second'] });
  });

  it('is pulled once, for the architecture it names, and its log tells', async () => {
    engine.add('registry.example/far:1', imageOf(), 'remote');
    const logs: string[] = [];
    const own = spec(
      'registry.example/far:1',
      { architecture: 'arm64' },
      {
        onLog: ({ message }) => logs.push(message),
      },
    );
    await Promise.all([bench.invoke(own, { a: 1 }), bench.invoke(own, { a: 2 })]);
    expect(engine.calls('pull')).toEqual([['pull', '--platform', 'linux/arm64', 'registry.example/far:1']]);
    expect(logs[0]).toBe('Brume: docker pulls registry.example/far:1');
    expect(logs.some((line) => /^Brume: pulled registry.example\/far:1 in \d/.test(line))).toBe(true);
  });

  it('says what to do about an image that can’t be had', async () => {
    const failed = await bench.invoke(spec('registry.example/none:1')).catch((error: Error) => error);
    expect(failed).toBeInstanceOf(MissingRuntime);
    expect((failed as Error).message).toMatch(
      /^The image registry.example\/none:1 isn't on this machine, and docker can't pull it: .*access denied.*docker tag/,
    );
  });

  it('is stopped by the engine while it has nothing to do, and goes on', async () => {
    engine.add('rest:1', imageOf());
    const own = spec('rest:1');
    await bench.invoke(own);
    await expect.poll(() => bench.computer.phases(own.key)).toEqual(['frozen']);
    const name = () => engine.calls('run').at(-1)?.[2] ?? '';
    await expect.poll(() => engine.calls('pause')).toContainEqual(['pause', name()]);
    expect((await bench.invoke(own)).value).toMatchObject({ n: 2 });
    expect(engine.calls('unpause')).toContainEqual(['unpause', name()]);
  });

  it('that ends answers as on Lambda, and its container is removed', async () => {
    engine.add('ending:1', imageOf());
    const own = spec('ending:1');
    expect((await bench.invoke(own, { exit: 3 })).value).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
    });
    const killed = await bench.invoke(own, { kill: true });
    expect(killed.value).toMatchObject({
      errorMessage: expect.stringContaining('Runtime exited with error: signal: killed'),
    });
    await expect.poll(() => bench.computer.phases(own.key)).toEqual([]);
    const names = engine.calls('run').map(([, , name]) => name);
    for (const name of names.slice(-2)) await expect.poll(() => engine.containers()).not.toContain(name);
  });

  it('whose time is up is removed', async () => {
    engine.add('slow:1', imageOf({}, { 'app.mjs': 'setInterval(() => {}, 1000)' }));
    const own = spec('slow:1', {}, { initTimeoutMs: 300 });
    expect((await bench.invoke(own)).value).toMatchObject({ errorType: 'Sandbox.Timedout' });
    const name = engine.calls('run').at(-1)?.[2] ?? '';
    await expect.poll(() => engine.containers()).not.toContain(name);
  });

  it('whose entry point isn’t there answers Runtime.InvalidEntrypoint', async () => {
    engine.add('lost:1', imageOf());
    const own = spec('lost:1', { entryPoint: ['/lambda-entrypoint.sh'] });
    expect((await bench.invoke(own)).value).toEqual({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringContaining(
        'Error: exec: "/lambda-entrypoint.sh": executable file not found in $PATH',
      ),
    });
  });

  it('reaches the cloud, and not its control plane', async () => {
    const server = createServer((request, response) => {
      response.end(`${request.url} ${request.headers['x-brume-on-behalf'] ?? 'unmarked'}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    engine.add('client:1', imageOf());
    const own = spec('client:1', {}, { environment: { AWS_ENDPOINT_URL } });
    expect((await bench.invoke(own, { fetch: '/tables?x=1' })).value).toMatchObject({
      fetched: '/tables?x=1 true',
    });
    server.close();
    server.closeAllConnections();
  });

  it('has the extensions of its image beside it', async () => {
    const extension = `#!${process.execPath}
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/';
const main = async () => {
  const registered = await fetch(api + 'register', { method: 'POST', headers: { 'lambda-extension-name': 'watcher' }, body: '{"events":["INVOKE"]}' });
  const headers = { 'lambda-extension-identifier': registered.headers.get('lambda-extension-identifier') };
  for (;;) console.log('watcher ' + (await (await fetch(api + 'event/next', { headers })).json()).eventType);
};
main();`;
    engine.add(
      'extended:1',
      imageOf({}, { 'opt/extensions/watcher': extension, 'opt/extensions/lib/x': '' }),
    );
    const own = spec('extended:1');
    expect((await bench.invoke(own, { a: 1 })).value).toMatchObject({ event: { a: 1 } });
    await expect.poll(() => bench.logs).toContain('watcher INVOKE');
    expect(engine.calls('exec').at(-1)?.[2]).toBe('/opt/extensions/watcher');
  });
});

describe('the engine', { timeout: 60_000 }, () => {
  it('is asked again a while later, and until then the function says what to install', async () => {
    const other = fakeEngine(join(root, 'late'));
    other.setUp(false);
    const late = createBench({ machine: other.machine });
    expect(await late.computer.resolveImage('late:1')).toBeUndefined();
    await expect(late.invoke({ ...spec('late:1'), key: 'late' })).rejects.toThrow(noEngine);
    await late.close();
    const clock = new VirtualClock(1_000_000);
    const containers = new Containers({ clock, machine: other.machine, folder: root });
    expect(await containers.missing()).toBe(noEngine);
    other.setUp(true);
    expect(await containers.missing()).toBe(noEngine);
    await clock.advance(60_000);
    expect(await containers.missing()).toBeUndefined();
    containers.close();
  });

  it('is rid of what a killed process left, and of nothing else', async () => {
    const other = fakeEngine(join(root, 'orphans'));
    other.add('a:1', imageOf());
    const first = createBench({ machine: other.machine });
    const own = { ...spec('a:1'), key: 'orphan' };
    await first.invoke(own);
    const [alive = ''] = other.containers();
    // The same engine seen by another cloud: what belongs to a living process stays.
    const second = createBench({ machine: other.machine });
    await second.computer.missing(imageRuntime);
    expect(other.containers()).toEqual([alive]);
    // What a process left that isn't there any more goes.
    const file = join(root, 'orphans', 'containers', 'left');
    const labels = { 'brume.environments': '/elsewhere', 'brume.pid': '999999999', 'brume.host': hostname() };
    writeFileSync(file, JSON.stringify({ image: 'a:1', labels, pid: 0, environment: {} }));
    const third = createBench({ machine: other.machine });
    await third.computer.missing(imageRuntime);
    expect(other.containers()).toEqual([alive]);
    await Promise.all([first.close(), second.close(), third.close()]);
    expect(other.containers()).toEqual([]);
  });
});

const real = await findEngine(thisMachine());
const noReal = real ? '' : ' (skipped: neither docker nor podman answers on this machine)';
const realImage = process.env.BRUME_TEST_IMAGE ?? 'public.ecr.aws/lambda/provided:al2023';

describe.skipIf(!real)(`a real engine${noReal}`, () => {
  it('runs an image', { timeout: 300_000 }, async () => {
    const machine = createBench();
    const script = `while id=$(curl -sS -D - -o /tmp/event "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" | tr -d '\\r' | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p'); do
  curl -sS -d @/tmp/event "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response" > /dev/null
done`;
    const own = {
      ...spec(realImage, { entryPoint: ['/bin/sh', '-c'], command: [script] }),
      key: 'real',
      onLog: () => {},
    };
    expect((await machine.invoke(own, { a: 'é' }, { timeoutMs: 20_000 })).value).toEqual({ a: 'é' });
    await expect.poll(() => machine.computer.phases('real')).toEqual(['frozen']);
    expect((await machine.invoke(own, [2])).value).toEqual([2]);
    await machine.close();
    expect(await real?.labelled(`brume.environments=${join(machine.root, 'environments')}`)).toEqual([]);
  });
});
