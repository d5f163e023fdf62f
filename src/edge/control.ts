/**
 * Brume's own control plane under `/_brume/`. Whoever may use it owns the cloud: it answers this machine, and
 * only under a host name that a page of another site can't claim (DNS rebinding); in `enforce`, others must
 * sign as the root user.
 */

import { readCredentialScope, sha256Hex } from '../identity/index.ts';
import {
  AwsError,
  type HttpConnection,
  type HttpRequest,
  type HttpResponse,
  isLoopbackAddress,
  onBehalfField,
} from '../kernel/index.ts';
import type { Core } from './core.ts';
import { isOwnersHost, withoutPort } from './hosts.ts';
import { bodyBytesMaxDefault } from './limits.ts';
import { jsonError } from './plainError.ts';

export interface ControlRoute {
  readonly method: string;
  /** `/_brume/reset`; a trailing `*` takes every path below. */
  readonly path: string;
  /** Answers anyone who reaches the port: health, the console's files. */
  readonly isPublic?: boolean;
  handle(request: HttpRequest): Promise<HttpResponse>;
}

export interface ControlOptions {
  readonly routes: readonly ControlRoute[];
  /** The host that the cloud was told to listen on or to be known by. */
  readonly knownHosts?: readonly string[];
  /** Origins whose pages may ask, besides those that other programs of this machine serve; `*` is none of them. */
  readonly allowedOrigins?: readonly string[];
  /** Who holds the other end of a connection. The machine's own processes are the owner's, its sandboxes aren't. */
  peerOf?(connection: HttpConnection): 'elsewhere' | 'machine' | 'sandbox' | 'unknown';
}

export function isControlPath(path: string): boolean {
  return path.startsWith('/_brume/') || path.startsWith('/_localstack/') || path === '/_brume';
}

export async function answerControl(
  core: Core,
  request: HttpRequest,
  options: ControlOptions,
): Promise<HttpResponse> {
  const found = options.routes.filter((route) => matches(route, request.path));
  // An exact path wins over a pattern.
  const exact = found.filter((route) => route.path === request.path);
  const route = (exact.length > 0 ? exact : found).find(({ method }) => method === request.method);
  if (!route) {
    const status = found.length > 0 ? 405 : 404;
    const error = new AwsError('NotFound', `There is no ${request.method} ${request.path} here.`, { status });
    return jsonError(error, core.ids.uuid());
  }
  try {
    if (!route.isPublic) await checkOwner(core, request, options);
    return await route.handle(request);
  } catch (thrown) {
    if (thrown instanceof AwsError) return jsonError(thrown, core.ids.uuid());
    core.telemetry.log('error', `${request.method} ${request.path} failed`, {
      error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    });
    return jsonError(new AwsError('InternalFailure', 'Internal failure', { status: 500 }), core.ids.uuid());
  }
}

/** Health as tools wait for it; a cloud may put a richer route of its own in its place. */
export function healthRoutes(core: Core, isLoaded: (service: string) => boolean): ControlRoute[] {
  const health = async (): Promise<HttpResponse> => {
    const services = Object.fromEntries(
      core.router.services.map(({ name }) => [name, isLoaded(name) ? 'running' : 'available']),
    );
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'running', services }),
    };
  };
  return ['/_brume/health', '/_localstack/health'].flatMap((path) =>
    ['GET', 'HEAD'].map((method) => ({ method, path, isPublic: true, handle: health })),
  );
}

function matches(route: ControlRoute, path: string): boolean {
  return route.path.endsWith('*') ? path.startsWith(route.path.slice(0, -1)) : route.path === path;
}

async function checkOwner(core: Core, request: HttpRequest, options: ControlOptions): Promise<void> {
  checkCaller(request, options);
  checkPage(request, options);
  const host = request.headers.host;
  const isKnown =
    isOwnersHost(host) || (host !== undefined && options.knownHosts?.includes(withoutPort(host)));
  if (!isKnown) {
    throw new AwsError(
      'Forbidden',
      `The control plane doesn't answer to the host name ${host ?? '(none)'}.`,
      {
        status: 403,
      },
    );
  }
  if (isLoopbackAddress(request.remoteAddress) || core.authorizer.modes.usual !== 'enforce') return;
  const scope = readCredentialScope(request.headers, request.query);
  const now = core.clock.now();
  // Whatever the mode of its account: the control plane could change that.
  const caller = await core.authenticator.strictly().identify(request, scope, 'rest', now);
  const body = await request.body.bytes(bodyBytesMaxDefault);
  core.authenticator.strictly().verify(caller, request, 'rest', now, () => sha256Hex(body));
  if (caller.principal.type !== 'root' || caller.principal.account !== core.options.defaultAccount) {
    throw new AwsError(
      'AccessDenied',
      'From another machine, the control plane answers the root user only.',
      {
        status: 403,
      },
    );
  }
}

/**
 * Pages ask with the connection of the owner's browser. Those of other sites are refused, and those that the cloud itself
 * serves: they are what its users put into buckets and functions. What has no `Origin` (an image, a script, a link)
 * browsers still mark. https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */
function checkPage({ headers }: HttpRequest, { allowedOrigins = [] }: ControlOptions): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (origin === undefined && (site === undefined || site === 'none' || site === 'same-site')) return;
  if (origin !== undefined) {
    if (allowedOrigins.includes(origin)) return;
    const served = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
    if (isOwnersHost(served) && served !== host) return;
  }
  throw new AwsError('Forbidden', `The control plane doesn't answer pages of ${origin ?? 'other sites'}.`, {
    status: 403,
  });
}

/** Connections whose other end a process of the machine holds: no sandbox gets hold of it later. */
const ofTheMachine = new WeakSet<HttpConnection>();

/** Functions reach the port as everybody on this machine does; what they may do with the cloud, policies decide. */
function checkCaller(request: HttpRequest, { peerOf }: ControlOptions): void {
  const forbidden = (why: string) => new AwsError('Forbidden', why, { status: 403 });
  if (request.headers[onBehalfField] !== undefined) {
    throw forbidden("The control plane doesn't answer requests that the cloud sends on behalf of its users.");
  }
  if (!peerOf) return;
  const { connection } = request;
  if (connection && ofTheMachine.has(connection)) return;
  const peer = connection ? peerOf(connection) : 'unknown';
  if (connection && peer === 'machine') ofTheMachine.add(connection);
  if (peer === 'sandbox') throw forbidden("The control plane doesn't answer functions.");
  if (peer === 'unknown') {
    throw forbidden(
      "The control plane can't tell which process asks, and it doesn't answer functions: use `brume` on the machine that the cloud runs on, as the user it runs as.",
    );
  }
}
