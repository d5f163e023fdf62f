/**
 * What a Host header says: a service, its region, a bucket. Real AWS names, and the same under the domains
 * that resolve to this machine. https://docs.aws.amazon.com/general/latest/gr/rande.html
 */

export interface HostName {
  /** Lower case, without port. */
  readonly host: string;
  /** True for addresses that name nothing: an IP address, `localhost`, an unknown name. */
  readonly isPlain: boolean;
  /** The label that names a service: `dynamodb`, `s3`, `streams.dynamodb`. */
  readonly service?: string;
  readonly region?: string;
  /** What stands before the service: an S3 bucket, an API id, an account id. */
  readonly prefix?: string;
}

/** Domains that lead to this machine, longest first. */
const domains = ['localhost.localstack.cloud', 'localhost'];
const awsDomains = ['amazonaws.com.cn', 'amazonaws.com', 'api.aws', 'on.aws', 'amazoncognito.com'];
const regionPattern = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;

/** Parsed names are kept: clients repeat the same few, but a stranger may send any. */
const namesMax = 1_000;

/** @param isService knows the first labels of service names. @returns a cached reader of Host headers. */
export function hostReader(isService: (label: string) => boolean): (host: string | undefined) => HostName {
  const names = new Map<string, HostName>();
  return (sent = '') => {
    const known = names.get(sent);
    if (known) return known;
    const name = readHost(sent, isService);
    if (names.size >= namesMax) names.clear();
    names.set(sent, name);
    return name;
  };
}

export function readHost(sent: string, isService: (label: string) => boolean): HostName {
  const host = withoutPort(sent.toLowerCase());
  const domain = [...domains, ...awsDomains].find((suffix) => host.endsWith(`.${suffix}`));
  if (domain === undefined) return { host, isPlain: true };
  const labels = host.slice(0, -domain.length - 1).split('.');
  for (let start = 0; start < labels.length; start++) {
    const read = serviceAt(labels, start, isService);
    if (read) return { host, isPlain: false, ...read, ...prefixOf(labels, start) };
  }
  // `bucket.localhost`: what an SDK makes of a custom endpoint and a bucket. Only the signature tells.
  return { host, isPlain: false, prefix: labels.join('.') };
}

/** Whether `host` can only mean this machine: what browsers of other sites can't make a user send. */
export function isLoopbackHost(sent: string | undefined): boolean {
  if (sent === undefined) return false;
  const host = withoutPort(sent.toLowerCase());
  return (
    host === 'localhost' ||
    host === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) ||
    domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
  );
}

/** The names of this machine under which nothing but the cloud itself answers: no API, no bucket, no function URL. */
export function isOwnersHost(sent: string | undefined): boolean {
  if (!isLoopbackHost(sent)) return false;
  const host = withoutPort(sent?.toLowerCase() ?? '');
  return domains.includes(host) || !domains.some((domain) => host.endsWith(`.${domain}`));
}

export function withoutPort(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']') < 0 ? undefined : host.indexOf(']'));
  const colon = host.lastIndexOf(':');
  return colon < 0 || host.indexOf(':') !== colon ? host : host.slice(0, colon);
}

function serviceAt(
  labels: readonly string[],
  start: number,
  isService: (label: string) => boolean,
): { service: string; region?: string } | undefined {
  let rest = labels.slice(start);
  const region = rest.at(-1);
  const hasRegion = region !== undefined && rest.length > 1 && regionPattern.test(region);
  if (hasRegion) rest = rest.slice(0, -1);
  if (rest.at(-1) === 'dualstack' && rest.length > 1) rest = rest.slice(0, -1);
  const service = rest.join('.');
  if (isService(service)) return hasRegion ? { service, region } : { service };
  // The older S3 form: `bucket.s3-eu-west-1.amazonaws.com`.
  const dashed = /^(s3)-([a-z]{2}(?:-[a-z]+)+-\d{1,2})$/.exec(service);
  if (dashed?.[1] !== undefined && dashed[2] !== undefined && isService(dashed[1])) {
    return { service: dashed[1], region: dashed[2] };
  }
  return undefined;
}

function prefixOf(labels: readonly string[], start: number): { prefix?: string } {
  return start === 0 ? {} : { prefix: labels.slice(0, start).join('.') };
}
