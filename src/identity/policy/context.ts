/** Global condition keys. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
import { parseArn } from '../../kernel/index.ts';
import type { AuthorizationRequest, Principal } from '../../platform/index.ts';
import type { RequestFacts } from '../authorize.ts';
import type { RequestContext } from './conditions.ts';

export function requestContext(
  principal: Principal,
  request: AuthorizationRequest,
  facts: RequestFacts,
  resource: string,
): RequestContext {
  let own: Map<string, readonly string[]> | undefined;
  return (key) => {
    own ??= serviceKeys(request);
    const value = own.get(key) ?? globalKey(key, principal, facts, resource);
    return typeof value === 'string' ? [value] : value;
  };
}

function serviceKeys(request: AuthorizationRequest): Map<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(request.context ?? {})) {
    keys.set(name.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
  return keys;
}

function globalKey(
  key: string,
  principal: Principal,
  facts: RequestFacts,
  resource: string,
): string | readonly string[] | undefined {
  if (key.startsWith('aws:principaltag/')) return tagOf(principal, key.slice('aws:principaltag/'.length));
  switch (key) {
    case 'aws:principalarn':
      return principal.type === 'role'
        ? principal.roleArn
        : principal.type === 'anonymous'
          ? undefined
          : principal.arn;
    case 'aws:principalaccount':
      return principal.type === 'anonymous' || principal.type === 'service' ? undefined : principal.account;
    case 'aws:principaltype':
      return {
        root: 'Account',
        user: 'User',
        role: 'AssumedRole',
        anonymous: 'Anonymous',
        service: undefined,
      }[principal.type];
    case 'aws:principalisawsservice':
      return String(principal.type === 'service');
    case 'aws:principalservicename':
      return principal.type === 'service' ? principal.service : undefined;
    case 'aws:username':
      return principal.type === 'user' ? principal.userName : undefined;
    case 'aws:userid':
      if (principal.type === 'user') return principal.userId;
      if (principal.type === 'role') return `${principal.roleId}:${principal.sessionName}`;
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
      return String(facts.secure);
    case 'aws:useragent':
      return facts.userAgent;
    case 'aws:requestedregion':
      return facts.region;
    case 'aws:currenttime':
      return new Date(facts.now).toISOString();
    case 'aws:epochtime':
      return String(Math.floor(facts.now / 1_000));
    case 'aws:resourceaccount':
      return parseArn(resource)?.account || undefined;
    case 'aws:viaawsservice':
      return 'false';
    default:
      return undefined;
  }
}

/** Tag keys in condition keys are compared without case. */
function tagOf(principal: Principal, key: string): string | undefined {
  if (principal.type !== 'role') return undefined;
  return Object.entries(principal.tags ?? {}).find(([name]) => name.toLowerCase() === key)?.[1];
}
