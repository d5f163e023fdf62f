/** The control plane of a cloud, `/_brume/…`: health, reset, clock, audit, metrics, usage, snapshots, stop. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ControlRoute } from '../edge/index.ts';
import { AwsError, type HttpRequest, type HttpResponse } from '../kernel/index.ts';
import { iamRoutes } from './iamControl.ts';
import type { RunningCloud } from './runningCloud.ts';

const clockBodyBytesMax = 10_000;
const auditRecordsDefault = 1_000;
const pagesPath = '/_brume/services/';

export function controlRoutes(cloud: RunningCloud): ControlRoute[] {
  const health = async () => json(200, cloud.health());
  return [
    ...['/_brume/health', '/_localstack/health'].flatMap((path) =>
      ['GET', 'HEAD'].map((method) => ({ method, path, isPublic: true, handle: health })),
    ),
    {
      method: 'POST',
      path: '/_brume/reset',
      handle: async () => {
        await cloud.reset();
        return json(200, { status: 'empty' });
      },
    },
    {
      method: 'POST',
      path: '/_brume/stop',
      handle: async () => {
        // The answer goes out first; closing waits for it.
        queueMicrotask(() => void cloud.close());
        return json(202, { status: 'stopping' });
      },
    },
    { method: 'GET', path: '/_brume/clock', handle: async () => json(200, cloud.clockState()) },
    { method: 'POST', path: '/_brume/clock', handle: (request) => moveClock(cloud, request) },
    { method: 'GET', path: '/_brume/audit', handle: async (request) => audit(cloud, request) },
    { method: 'GET', path: '/_brume/metrics', handle: async (request) => metrics(cloud, request) },
    {
      method: 'GET',
      path: '/_brume/usage',
      handle: async () => json(200, { usage: cloud.telemetry.usageTotals() }),
    },
    { method: 'GET', path: `${pagesPath}*`, handle: (request) => showPage(cloud, request) },
    { method: 'POST', path: `${pagesPath}*`, handle: (request) => act(cloud, request) },
    ...iamRoutes(cloud),
    { method: 'GET', path: '/_brume/snapshot', handle: () => saveSnapshot(cloud) },
    { method: 'PUT', path: '/_brume/snapshot', handle: (request) => loadSnapshot(cloud, request) },
  ];
}

/** `{"advanceMs": 1000}`, `{"set": "2026-01-01T00:00:00Z"}`, `{"freeze": true}` or `{"resume": true}`. */
async function moveClock(cloud: RunningCloud, request: HttpRequest): Promise<HttpResponse> {
  const text = new TextDecoder().decode(await request.body.bytes(clockBodyBytesMax));
  let asked: Record<string, unknown>;
  try {
    asked = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw badRequest(
      'The body is JSON: {"advanceMs": 1000}, {"set": "2026-01-01T00:00:00Z"}, {"freeze": true} or {"resume": true}.',
    );
  }
  const { advanceMs, set, freeze, resume } = asked ?? {};
  if (typeof advanceMs === 'number' && advanceMs >= 0 && Number.isFinite(advanceMs))
    await cloud.clock.advance(advanceMs);
  else if (typeof set === 'string' || typeof set === 'number') {
    const time = typeof set === 'number' ? set : Date.parse(set);
    if (Number.isNaN(time)) throw badRequest(`${set} is not a time.`);
    if (time < cloud.clock.now())
      throw badRequest('The clock never goes back: reset the cloud, or start one at an earlier time.');
    await cloud.clock.set(time);
  } else if (freeze === true) cloud.clock.freeze();
  else if (resume === true) cloud.clock.resume();
  else
    throw badRequest('Say one of advanceMs (a number of milliseconds, not negative), set, freeze or resume.');
  return json(200, cloud.clockState());
}

function audit(cloud: RunningCloud, request: HttpRequest): HttpResponse {
  const limit = Number(new URLSearchParams(request.query).get('limit') ?? auditRecordsDefault);
  if (!Number.isInteger(limit) || limit < 1) throw badRequest('limit is a whole number, 1 or more.');
  const trail = cloud.telemetry.auditTrail;
  return json(200, { records: trail.newest(limit), written: trail.written });
}

/** `?namespace=AWS/Lambda&name=Errors`: both may be left out. */
function metrics(cloud: RunningCloud, request: HttpRequest): HttpResponse {
  const asked = new URLSearchParams(request.query);
  const [namespace, name] = [asked.get('namespace'), asked.get('name')];
  const data = cloud.telemetry
    .metrics(namespace ?? undefined)
    .filter((datum) => name === null || datum.name === name);
  return json(200, { metrics: data });
}

/** `/_brume/services/dynamodb/contributor-insights?table=orders`: a page of a service. */
async function showPage(cloud: RunningCloud, request: HttpRequest): Promise<HttpResponse> {
  const [service = '', name = ''] = request.path.slice(pagesPath.length).split('/');
  return json(200, await cloud.page(service, name, new URLSearchParams(request.query)));
}

/** `POST /_brume/services/lambda/inspect?function=ARN&port=9229`: an action of a service. */
async function act(cloud: RunningCloud, request: HttpRequest): Promise<HttpResponse> {
  const [service = '', name = ''] = request.path.slice(pagesPath.length).split('/');
  return json(200, await cloud.act(service, name, new URLSearchParams(request.query)));
}

async function saveSnapshot(cloud: RunningCloud): Promise<HttpResponse> {
  const folder = await mkdtemp(join(tmpdir(), 'brume-snapshot-'));
  const file = join(folder, 'snapshot');
  await cloud.saveSnapshot(file);
  const stream = createReadStream(file);
  stream.once('close', () => void rm(folder, { recursive: true, force: true }));
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: stream };
}

async function loadSnapshot(cloud: RunningCloud, request: HttpRequest): Promise<HttpResponse> {
  const folder = await mkdtemp(join(tmpdir(), 'brume-snapshot-'));
  try {
    const file = join(folder, 'snapshot');
    await pipeline(request.body.stream(), createWriteStream(file, { mode: 0o600 }));
    await cloud.loadSnapshot(file);
    return json(200, { status: 'loaded' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function json(status: number, value: unknown): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}

function badRequest(message: string): AwsError {
  return new AwsError('BadRequest', message, { status: 400 });
}
