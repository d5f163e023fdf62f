/** Global condition keys. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
import { isLoopbackAddress, parseArn } from '../../kernel/index.ts';
import type { AuthorizationRequest, ConditionKeys, FederationKeys, Principal } from '../../platform/index.ts';
import type { RequestFacts } from '../authorize.ts';
import type { RequestContext } from './conditions.ts';

export function requestContext(
  principal: Principal,
  request: AuthorizationRequest,
  facts: RequestFacts,
  resource: string,
): RequestContext {
  return (key) => {
    const value = serviceKey(key, request) ?? globalKey(key, principal, facts, request, resource);
    return typeof value === 'string' ? [value] : value;
  };
}

/** How services write a key that policies ask for, by its lower case: learned once, so that requests are asked by name. */
const spelled = new Map<string, string>();
/** Keys may hold names that users choose (`aws:RequestTag/…`). */
const spelledMax = 1_000;

function serviceKey(key: string, { context }: AuthorizationRequest): string | readonly string[] | undefined {
  if (context === undefined) return undefined;
  const known = spelled.get(key);
  const value = known === undefined || !Object.hasOwn(context, known) ? undefined : context[known];
  if (value !== undefined) return made(value);
  for (const name in context) {
    if (name.length !== key.length || name.toLowerCase() !== key) continue;
    if (spelled.size < spelledMax) spelled.set(key, name);
    return made(context[name]);
  }
  return undefined;
}

/** What a service says of a condition key; made now, where it is made when it is asked for. */
export function made(value: ConditionKeys[string] | undefined): string | readonly string[] | undefined {
  return typeof value === 'function' ? value() : value;
}

function globalKey(
  key: string,
  principal: Principal,
  facts: RequestFacts,
  request: AuthorizationRequest,
  resource: string,
): string | readonly string[] | undefined {
  if (key.startsWith('aws:principaltag/')) return tagOf(principal, key.slice('aws:principaltag/'.length));
  switch (key) {
    case 'aws:principalarn':
      if (isOutside(principal)) return undefined;
      return principal.type === 'role' ? principal.roleArn : principal.arn;
    case 'aws:principalaccount':
      if (principal.type === 'anonymous') return 'anonymous';
      return isOutside(principal) ? undefined : principal.account;
    case 'aws:principaltype':
      return {
        root: 'Account',
        user: 'User',
        role: 'AssumedRole',
        federatedUser: 'FederatedUser',
        federated: undefined,
        anonymous: 'Anonymous',
        service: undefined,
      }[principal.type];
    case 'aws:principalisawsservice':
      return principal.type === 'anonymous' ? undefined : String(principal.type === 'service');
    case 'aws:principalservicename':
      return principal.type === 'service' ? principal.service : undefined;
    case 'aws:principalservicenameslist':
      return principal.type === 'service' ? [principal.service] : undefined;
    case 'aws:username':
      return principal.type === 'user' ? principal.userName : undefined;
    case 'aws:userid':
      if (principal.type === 'user') return principal.userId;
      if (principal.type === 'role') return `${principal.roleId}:${principal.sessionName}`;
      if (principal.type === 'federatedUser') return `${principal.account}:${principal.name}`;
      if (principal.type === 'anonymous') return 'anonymous';
      return principal.type === 'root' ? principal.account : undefined;
    case 'aws:sourcearn':
      return principal.type === 'service' ? principal.sourceArn : undefined;
    case 'aws:sourceaccount':
      return principal.type === 'service'
        ? parseArn(principal.sourceArn ?? '')?.account || principal.account
        : undefined;
    case 'aws:sourceip':
      return facts.sourceIp;
    case 'aws:securetransport':
      return String(facts.secure || isAtHome(principal, facts));
    case 'aws:useragent':
      return facts.userAgent;
    case 'aws:referer':
      return facts.referer;
    case 'aws:requestedregion':
      return isGlobal(request) ? globalRegion : facts.region;
    case 'aws:currenttime':
      return new Date(facts.now).toISOString();
    case 'aws:epochtime':
      return String(Math.floor(facts.now / 1_000));
    case 'aws:resourceaccount':
      return (request.resourceAccount ?? parseArn(resource)?.account) || undefined;
    case 'aws:viaawsservice':
      return String(facts.via !== undefined);
    case 'aws:calledvia':
      return calledVia(facts);
    case 'aws:calledviafirst':
      return calledVia(facts)?.[0];
    case 'aws:calledvialast':
      return calledVia(facts)?.at(-1);
    default:
      return sessionKey(key, principal, facts);
  }
}

/**
 * What a service runs here reaches the cloud over this machine's own loopback, which nobody listens to; on AWS it has TLS.
 * Buckets that want TLS (the CDK's `enforceSSL`) would shut out every function otherwise.
 */
function isAtHome(principal: Principal, { sourceIp }: RequestFacts): boolean {
  if (principal.type !== 'role' || principal.session?.openedBy === undefined) return false;
  return isLoopbackAddress(sourceIp);
}

/** Where IAM answers, wherever its clients are; whether a role may be passed is asked where it is passed. */
const globalRegion = 'us-east-1';

function isGlobal({ action }: AuthorizationRequest): boolean {
  return action?.startsWith('iam:') === true && action !== 'iam:PassRole';
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia, “CalledVia services” */
const inChains: ReadonlySet<string> = new Set(['athena', 'backup', 'cloudformation', 'dynamodb', 'kms']);

/** @returns service principals; undefined where none of those that support the key asks. */
function calledVia({ via }: RequestFacts): readonly string[] | undefined {
  const chain = via?.filter((service) => inChains.has(service));
  return chain && chain.length > 0 ? chain.map((service) => `${service}.amazonaws.com`) : undefined;
}

/** Nobody of an account: a service, a stranger, somebody whom an identity provider knows. */
function isOutside({ type }: Principal): boolean {
  return type === 'anonymous' || type === 'service' || type === 'federated';
}

/** What only temporary credentials say; whoever signs with a long-term key leaves these keys out. */
function sessionKey(
  key: string,
  principal: Principal,
  { now, via }: RequestFacts,
): string | readonly string[] | undefined {
  if (principal.type === 'federated') return federationKey(key, principal.keys);
  if (principal.type === 'service' || principal.type === 'anonymous') return undefined;
  const { session } = principal;
  switch (key) {
    case 'aws:multifactorauthpresent':
      if (session?.mfaAt !== undefined) return 'true';
      // A service that asks on somebody's behalf does so with temporary credentials.
      return session || principal.type === 'role' || via ? 'false' : undefined;
    case 'aws:multifactorauthage':
      return session?.mfaAt === undefined ? undefined : String(Math.floor((now - session.mfaAt) / 1_000));
    case 'aws:tokenissuetime':
      return session && new Date(session.issuedAt).toISOString();
    case 'aws:sourceidentity':
      return session?.sourceIdentity;
    case 'aws:federatedprovider':
      return session?.federatedProvider;
    default:
      return session?.keys && federationKey(key, session.keys);
  }
}

function federationKey(key: string, keys: FederationKeys): string | readonly string[] | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** Tag keys in condition keys are compared without case. */
function tagOf(principal: Principal, key: string): string | undefined {
  if (principal.type !== 'role' && principal.type !== 'user' && principal.type !== 'federatedUser')
    return undefined;
  return Object.entries(principal.tags ?? {}).find(([name]) => name.toLowerCase() === key)?.[1];
}
