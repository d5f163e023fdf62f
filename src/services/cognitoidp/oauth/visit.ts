/** A request to the domain of a user pool, as its pages and OAuth endpoints see it. */
import { AwsError, type HttpRequest, type HttpResponse } from '../../../kernel/index.ts';
import { type EndpointContext, servicePrincipal } from '../../../platform/index.ts';
import { limits } from '../limits.ts';
import { type CognitoRoom, type Context, poolArn } from '../room.ts';
import type { Domain, Pool } from '../store.ts';

export interface Visit {
  /** As operations have it: the pool's account and region, the service itself as principal. */
  readonly ctx: Context;
  readonly pool: Pool;
  readonly domain: Domain;
  /** Where the domain is, as the client asked for it, no slash at its end: `http://localhost:4566/_aws/auth/us-east-1/shop`. */
  readonly base: string;
  /** What of `base` is path, `''` under a host name of its own. */
  readonly basePath: string;
  /** After the base, `/oauth2/authorize`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly cookies: ReadonlyMap<string, string>;
  readonly request: HttpRequest;
  /** The fields of a posted form. @throws AwsError 413, 415 */
  form(): Promise<URLSearchParams>;
}

/** Answers one method of one path. What it throws of AWS's vocabulary becomes an error page or `{"error": …}`. */
export type Route = (visit: Visit) => Promise<HttpResponse>;

/** By path, then by method. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Route>>>>;

export function visitOf(
  endpoint: EndpointContext<CognitoRoom>,
  request: HttpRequest,
  pool: Pool,
  domain: Domain,
): Visit {
  const { account, region } = pool;
  const principal = servicePrincipal('cognito-idp.amazonaws.com', account, poolArn(pool));
  const basePath = endpoint.params.base ?? '';
  let form: Promise<URLSearchParams> | undefined;
  return {
    ctx: {
      room: endpoint.room,
      account,
      region,
      principal,
      requestId: endpoint.requestId,
      sourceIp: request.remoteAddress,
      now: endpoint.now,
      aws: endpoint.aws({ account, region, principal }),
      signal: request.signal,
      request,
    },
    pool,
    domain,
    base: `${request.secure ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}${basePath}`,
    basePath,
    path: endpoint.params.path ?? '/',
    query: new URLSearchParams(request.query),
    cookies: cookiesOf(request.headers.cookie),
    request,
    form: () => {
      form ??= readForm(request);
      return form;
    },
  };
}

async function readForm(request: HttpRequest): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    throw new AwsError('UnsupportedMediaType', 'The body must be a form.', { status: 415 });
  }
  return new URLSearchParams(Buffer.from(await request.body.bytes(limits.formBytesMax)).toString());
}

/** The first of a name counts: browsers send the cookie with the longest path first. */
function cookiesOf(field = ''): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of field.split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}

/** A `Set-Cookie` of this domain: out of reach for scripts and, but for links that lead here, for other sites. @param seconds 0 takes it away. */
export function cookie(visit: Visit, name: string, value: string, seconds: number): string {
  const secure = visit.request.secure ? '; Secure' : '';
  return `${name}=${value}; Path=${visit.basePath || '/'}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
