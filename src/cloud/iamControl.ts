/** The control plane's routes about IAM, `/_brume/iam/…`: what policies decide in which account, and what was seen. */
import type { ControlRoute } from '../edge/index.ts';
import { AwsError, type HttpRequest, type HttpResponse } from '../kernel/index.ts';
import { type IamMode, iamModes, ModeTooLoose } from '../platform/index.ts';
import { iamReport } from './observations/report.ts';
import type { RunningCloud } from './runningCloud.ts';

const bodyBytesMax = 10_000;

export function iamRoutes(cloud: RunningCloud): ControlRoute[] {
  return [
    { method: 'GET', path: '/_brume/iam/mode', handle: async () => modes(cloud) },
    { method: 'POST', path: '/_brume/iam/mode', handle: (request) => setMode(cloud, request) },
    { method: 'GET', path: '/_brume/iam/report', handle: (request) => report(cloud, request) },
  ];
}

function modes({ modes, config }: RunningCloud): HttpResponse {
  return json({ default: modes.usual, account: config.defaultAccount, accounts: modes.exceptions });
}

/** `{"mode": "enforce", "account": "111122223333"}`; the default account when none is named, `default` for its usual mode. */
async function setMode(cloud: RunningCloud, request: HttpRequest): Promise<HttpResponse> {
  const asked = await bodyOf(request);
  const account = asked.account ?? cloud.config.defaultAccount;
  if (typeof account !== 'string' || !/^\d{12}$/.test(account)) {
    throw badRequest(`An account id has twelve digits; got ${String(account)}.`);
  }
  const { mode } = asked;
  if (mode !== 'default' && !isMode(mode)) {
    throw badRequest(`mode is ${iamModes.join(', ')} or default; got ${String(mode)}.`);
  }
  try {
    await cloud.modes.set(account, mode === 'default' ? undefined : mode);
  } catch (error) {
    if (error instanceof ModeTooLoose) throw new AwsError('Forbidden', error.message, { status: 403 });
    throw error;
  }
  return modes(cloud);
}

/** `?account=000000000000&principal=role/worker&sinceMs=3600000`: how long ago, in milliseconds; all may be left out. */
async function report(cloud: RunningCloud, request: HttpRequest): Promise<HttpResponse> {
  const asked = new URLSearchParams(request.query);
  const ago = asked.get('sinceMs');
  if (ago !== null && !/^\d{1,15}$/.test(ago)) throw badRequest('sinceMs is a number of milliseconds.');
  const [account, principal] = [asked.get('account'), asked.get('principal')];
  const found = await iamReport(cloud.observations, {
    since: ago === null ? 0 : cloud.clock.now() - Number(ago),
    ...(account === null ? {} : { account }),
    ...(principal === null ? {} : { principal }),
  });
  return json({ default: cloud.modes.usual, accounts: cloud.modes.exceptions, ...found });
}

async function bodyOf(request: HttpRequest): Promise<Record<string, unknown>> {
  const text = new TextDecoder().decode(await request.body.bytes(bodyBytesMax));
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null) return read as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw badRequest('The body is JSON: {"mode": "enforce", "account": "111122223333"}.');
}

function isMode(mode: unknown): mode is IamMode {
  return iamModes.some((known) => known === mode);
}

function json(value: unknown): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}

function badRequest(message: string): AwsError {
  return new AwsError('BadRequest', message, { status: 400 });
}
