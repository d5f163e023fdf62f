/**
 * Custom domain names, for REST and HTTP APIs alike, and which API a request to one is for.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
 */
import type { EndpointConfiguration } from './types.ts';

export interface DomainName {
  domainName: string;
  /** Private domain names have one: several may share a name. */
  domainNameId?: string | undefined;
  certificateName?: string | undefined;
  certificateArn?: string | undefined;
  regionalCertificateName?: string | undefined;
  regionalCertificateArn?: string | undefined;
  ownershipVerificationCertificateArn?: string | undefined;
  certificateUploadDate?: number | undefined;
  regionalDomainName?: string | undefined;
  regionalHostedZoneId?: string | undefined;
  distributionDomainName?: string | undefined;
  distributionHostedZoneId?: string | undefined;
  endpointConfiguration: EndpointConfiguration;
  endpointAccessMode?: string | undefined;
  securityPolicy: string;
  mutualTlsAuthentication?:
    | { truststoreUri?: string | undefined; truststoreVersion?: string | undefined }
    | undefined;
  routingMode: RoutingMode;
  policy?: string | undefined;
  managementPolicy?: string | undefined;
  tags?: Record<string, string> | undefined;
  mappings: ApiMapping[];
  rules: RoutingRule[];
}

export type RoutingMode =
  | 'BASE_PATH_MAPPING_ONLY'
  | 'ROUTING_RULE_ONLY'
  | 'ROUTING_RULE_THEN_BASE_PATH_MAPPING';

export interface ApiMapping {
  id: string;
  /** Without slashes around it; empty for all paths. */
  key: string;
  apiId: string;
  /** Absent: the path names the stage. */
  stage?: string | undefined;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html */
export interface RoutingRule {
  id: string;
  /** The lowest is asked first. */
  priority: number;
  conditions: RoutingCondition[];
  apiId: string;
  stage: string;
  stripBasePath: boolean;
}

export interface RoutingCondition {
  basePaths?: string[] | undefined;
  headers?: { header: string; valueGlob: string }[] | undefined;
}

export interface DomainMatch {
  apiId: string;
  /** Absent: the first segment of `path` names the stage. */
  stage: string | undefined;
  /** `$context.customDomain.basePathMatched`. */
  basePath: string;
  /** What of the path is not handed to the API: `/base/path`, or nothing. */
  stripped: string;
  /** What is left for the API. */
  path: string;
}

/** The id of a domain's record: private names are told apart by their ids. */
export function domainKey(name: string, domainNameId: string | undefined): string {
  return domainNameId === undefined ? name : `${name}+${domainNameId}`;
}

/** @param path as it was sent, from its slash on. @returns undefined when nothing of the domain takes it. */
export function matchDomain(
  domain: Pick<DomainName, 'mappings' | 'rules' | 'routingMode'>,
  path: string,
  headers: Readonly<Record<string, string>>,
): DomainMatch | undefined {
  if (domain.routingMode !== 'BASE_PATH_MAPPING_ONLY') {
    const ruled = matchRules(domain.rules, path, headers);
    if (ruled || domain.routingMode === 'ROUTING_RULE_ONLY') return ruled;
  }
  let best: ApiMapping | undefined;
  for (const mapping of domain.mappings) {
    // "API Gateway chooses the mapping with the longest matching path."
    if (isUnder(path, mapping.key) && (!best || mapping.key.length > best.key.length)) best = mapping;
  }
  return best && { apiId: best.apiId, stage: best.stage, ...split(path, best.key, best.key) };
}

/** "Routing rules … evaluated in priority order from lowest to highest." All conditions of a rule must hold. */
function matchRules(
  rules: readonly RoutingRule[],
  path: string,
  headers: Readonly<Record<string, string>>,
): DomainMatch | undefined {
  const ordered = [...rules].sort((a, b) => a.priority - b.priority);
  for (const rule of ordered) {
    let basePath = '';
    const holds = rule.conditions.every((condition) => {
      if (condition.headers) {
        return condition.headers.some(({ header, valueGlob }) => {
          const value = headers[header.toLowerCase()];
          return value !== undefined && globMatches(valueGlob, value);
        });
      }
      const matched = condition.basePaths?.find((candidate) => isUnder(path, candidate));
      if (matched !== undefined) basePath = matched;
      return matched !== undefined;
    });
    if (!holds) continue;
    const strip = rule.stripBasePath ? basePath : '';
    return { apiId: rule.apiId, stage: rule.stage, ...split(path, basePath, strip) };
  }
  return undefined;
}

function isUnder(path: string, key: string): boolean {
  if (key === '') return true;
  return path.startsWith(key, 1) && (path.length === key.length + 1 || path[key.length + 1] === '/');
}

function split(path: string, basePath: string, strip: string) {
  const stripped = strip === '' ? '' : `/${strip}`;
  return { basePath, stripped, path: path.slice(stripped.length) || '/' };
}

/** `*` stands for any text; it "can be used at the beginning, at the end, or both". */
function globMatches(glob: string, value: string): boolean {
  const open = glob.startsWith('*');
  const close = glob.length > 1 && glob.endsWith('*');
  const text = glob.slice(open ? 1 : 0, close ? -1 : undefined);
  if (open && close) return value.includes(text);
  if (open) return value.endsWith(text);
  return close ? value.startsWith(text) : value === text;
}
