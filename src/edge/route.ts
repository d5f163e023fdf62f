/**
 * Which service a request is for, from what stands in front of its body. Pure, so that a table can test it.
 * The order: data planes by address, the credential scope, the target header, the host, the path, and at
 * last S3, whose paths may be anything.
 */
import type { CredentialScope } from '../identity/index.ts';
import type { DataPlane, HostOwner, ServiceEntry } from '../platform/index.ts';
import type { ProtocolName } from '../protocol/model.ts';
import { type HostName, hostReader, readHost } from './hosts.ts';

export interface RequestAddress {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Route =
  | {
      readonly kind: 'operation';
      /** Usually one; several when they share a signing name and only the operation tells them apart. */
      readonly candidates: readonly ServiceEntry[];
      readonly region: string | undefined;
      /** The path with the bucket of a virtual host put in front. */
      readonly path: string;
      /** The protocol that the request's headers speak, when they say. */
      readonly wire: ProtocolName | undefined;
    }
  | {
      readonly kind: 'endpoint';
      readonly entry: ServiceEntry;
      readonly endpoint: string;
      readonly params: Readonly<Record<string, string>>;
    }
  /** An unsigned form: the API version in its body names the service. */
  | { readonly kind: 'form'; readonly region: string | undefined }
  | { readonly kind: 'unknown'; readonly service: string | undefined };

export interface Router {
  route(address: RequestAddress, scope: CredentialScope | undefined): Route;
  /** The service of an unsigned form. @param form `Action=…&Version=…`. */
  routeForm(form: string, region: string | undefined): Route;
  readonly services: readonly ServiceEntry[];
}

/** API versions are unique among the query services that take unsigned requests or are called by hand. */
const queryVersions: Readonly<Record<string, string>> = {
  '2011-06-15': 'sts',
  '2010-05-08': 'iam',
  '2012-11-05': 'sqs',
  '2010-03-31': 'sns',
  '2010-05-15': 'cloudformation',
  '2010-08-01': 'cloudwatch',
  '2010-12-01': 'ses',
};

/** Host names that users gave to data planes, as the edge reads them. */
export interface OwnHosts {
  readonly isEmpty: boolean;
  find(host: string): HostOwner | undefined;
}

export function createRouter(services: readonly ServiceEntry[], ownHosts?: OwnHosts): Router {
  const bySigningName = grouped(services, (entry) => [entry.signingName]);
  const byTarget = grouped(services, (entry) =>
    entry.targetPrefix === undefined ? [] : [entry.targetPrefix],
  );
  const byHost = grouped(services, (entry) => entry.hostPrefixes);
  const byName = grouped(services, (entry) => [entry.name]);
  const planes = services.flatMap((entry) => (entry.dataPlanes ?? []).map((plane) => ({ entry, plane })));
  const readHost = hostReader((label) => byHost.has(label) || isDataPlaneLabel(label));

  function operation(
    candidates: readonly ServiceEntry[],
    address: RequestAddress,
    host: HostName,
    scope: CredentialScope | undefined,
  ): Route {
    const region = scope?.region || host.region;
    const isS3 = candidates[0]?.signingName === 's3';
    const bucket = isS3 && !host.isPlain && host.prefix !== undefined ? host.prefix : undefined;
    const sent = candidates[0]?.operationPath?.(address.path) ?? address.path;
    const path = bucket === undefined ? sent : `/${bucket}${sent}`;
    return { kind: 'operation', candidates, region, path, wire: wireOf(address) };
  }

  function route(address: RequestAddress, scope: CredentialScope | undefined): Route {
    const host = readHost(address.headers.host);
    // Nobody pays for custom domains before somebody has one.
    if (ownHosts && !ownHosts.isEmpty) {
      const own = customDomain(ownHosts, host.host, address.path);
      if (own) return own;
    }
    // The bare root of a bare address is no data plane's: the way of nearly every JSON and query request.
    if (!(host.isPlain && address.path === '/') && !isS3ByPath(scope, host)) {
      const found = dataPlane(planes, host.host, address.path);
      if (found) return found;
    }
    const target = address.headers['x-amz-target'];
    const targeted =
      target === undefined ? undefined : byTarget.get(target.slice(0, Math.max(0, target.lastIndexOf('.'))));
    if (scope) {
      const signed = bySigningName.get(scope.service);
      if (signed) {
        if (signed.length === 1) return operation(signed, address, host, scope);
        return operation(narrowed(signed, targeted, byHost.get(host.service ?? '')), address, host, scope);
      }
    }
    if (targeted) return operation(targeted, address, host, scope);
    const hosted = host.service === undefined ? undefined : byHost.get(host.service);
    if (hosted) return operation(hosted, address, host, scope);
    if (scope) return { kind: 'unknown', service: scope.service };
    if (target !== undefined) return { kind: 'unknown', service: target };
    return unsigned(address, host);
  }

  function customDomain(hosts: OwnHosts, host: string, path: string): Route | undefined {
    const owner = hosts.find(host);
    const entry = owner && byName.get(owner.service)?.[0];
    return entry && { kind: 'endpoint', entry, endpoint: owner.endpoint, params: { ...owner.params, path } };
  }

  function unsigned(address: RequestAddress, host: HostName): Route {
    if (isForm(address)) return { kind: 'form', region: host.region };
    if (address.query.includes('Action=')) return routeForm(address.query, host.region, address);
    const byPath = serviceOfPath(address.path);
    const entries = byPath === undefined ? undefined : byName.get(byPath);
    if (entries) return operation(entries, address, host, undefined);
    const s3 = byName.get('s3');
    return s3 ? operation(s3, address, host, undefined) : { kind: 'unknown', service: undefined };
  }

  function routeForm(form: string, region: string | undefined, address?: RequestAddress): Route {
    const version = /(?:^|&)Version=([\d-]{10})(?:&|$)/.exec(form)?.[1];
    const name = version === undefined ? undefined : queryVersions[version];
    const candidates = name === undefined ? undefined : byName.get(name);
    if (!candidates) {
      return {
        kind: 'unknown',
        service: name ?? (version === undefined ? undefined : `API version ${version}`),
      };
    }
    return { kind: 'operation', candidates, region, path: address?.path ?? '/', wire: 'query' };
  }

  return { route, routeForm, services };
}

/** Whether a host name is one of the cloud's own: of a service or of a data plane. Nobody may take those. */
export function isServiceHost(services: readonly ServiceEntry[], host: string): boolean {
  const labels = new Set(services.flatMap((entry) => entry.hostPrefixes));
  const name = readHost(host, (label) => labels.has(label) || isDataPlaneLabel(label));
  return name.service !== undefined;
}

/** Labels of data-plane hosts, so that `{api}.execute-api.{region}…` isn't read as a bucket. */
function isDataPlaneLabel(label: string): boolean {
  return label === 'execute-api' || label === 'lambda-url' || label === 'auth';
}

/** A request signed for S3 at a plain address: its path is a bucket and a key, whatever they look like. */
function isS3ByPath(scope: CredentialScope | undefined, host: HostName): boolean {
  return scope?.service === 's3' && (host.isPlain || host.service === 's3' || host.service === undefined);
}

function dataPlane(
  planes: readonly { entry: ServiceEntry; plane: DataPlane }[],
  host: string,
  path: string,
): Route | undefined {
  for (const { entry, plane } of planes) {
    const params = plane.match(host, path);
    if (params) return { kind: 'endpoint', entry, endpoint: plane.endpoint, params };
  }
  return undefined;
}

/** Of the services with one signing name, those that the target or the host names; all of them otherwise. */
function narrowed(
  signed: readonly ServiceEntry[],
  targeted: readonly ServiceEntry[] | undefined,
  hosted: readonly ServiceEntry[] | undefined,
): readonly ServiceEntry[] {
  const byTarget = targeted && signed.filter((entry) => targeted.includes(entry));
  if (byTarget && byTarget.length > 0) return byTarget;
  const byHost = hosted && signed.filter((entry) => hosted.includes(entry));
  return byHost && byHost.length > 0
    ? [...byHost, ...signed.filter((entry) => !byHost.includes(entry))]
    : signed;
}

/** The protocol that a request's headers speak. */
export function wireOf(address: RequestAddress): ProtocolName | undefined {
  const { headers } = address;
  if (headers['x-amz-target'] !== undefined) return 'json';
  if (headers['smithy-protocol'] !== undefined) return 'smithy-rpc-v2-cbor';
  if (isForm(address)) return 'query';
  return undefined;
}

function isForm(address: RequestAddress): boolean {
  return (
    address.method === 'POST' &&
    address.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  );
}

/** REST services that people call by hand, without a signature. */
function serviceOfPath(path: string): string | undefined {
  if (/^\/20\d\d-\d\d-\d\d\/(functions|layers|event-source-mappings|account-settings)/.test(path))
    return 'lambda';
  if (path === '/restapis' || path.startsWith('/restapis/')) return 'apigateway';
  if (path === '/v2/apis' || path.startsWith('/v2/apis/')) return 'apigatewayv2';
  return undefined;
}

function grouped(
  services: readonly ServiceEntry[],
  keysOf: (entry: ServiceEntry) => readonly string[],
): Map<string, ServiceEntry[]> {
  const groups = new Map<string, ServiceEntry[]>();
  for (const entry of services) {
    for (const key of keysOf(entry)) {
      const group = groups.get(key);
      if (group) group.push(entry);
      else groups.set(key, [entry]);
    }
  }
  return groups;
}
