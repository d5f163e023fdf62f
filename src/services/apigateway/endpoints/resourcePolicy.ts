/**
 * The API's resource policy, together with what authorized the request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
import { Refusal } from '../domain/gatewayResponses.ts';
import { type Decision, decide } from '../domain/policy.ts';
import { masked } from './authorizers.ts';
import { type Exchange, executeApiArn } from './exchange.ts';

/** Parsed once per policy text. */
const parsed = new Map<string, unknown>();
const parsedMax = 1000;

/**
 * Without authorizer the policy must allow; with a Lambda authorizer it is asked first, and what it denies
 * never reaches the authorizer. With AWS_IAM both are evaluated together, by the core.
 */
export function checkResourcePolicy(exchange: Exchange): void {
  const { policy } = exchange.served.api.api;
  if (!policy || exchange.target.method.authorizationType === 'AWS_IAM') return;
  const resource = executeApiArn(exchange, exchange.path);
  const decision: Decision = decide(documentOf(policy), {
    resource,
    keys: {
      'aws:sourceip': exchange.context.identity.sourceIp,
      'aws:useragent': exchange.request.headers['user-agent'],
      'aws:referer': exchange.request.headers.referer,
      'aws:securetransport': String(exchange.request.secure),
      'aws:sourcevpc': undefined,
      'aws:sourcevpce': undefined,
    },
  });
  if (decision === 'allow') return;
  const explicitly = decision === 'deny' ? ' with an explicit deny' : '';
  throw new Refusal(
    'ACCESS_DENIED',
    `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${masked(resource, exchange.address.account)}${explicitly}`,
  );
}

function documentOf(policy: string): unknown {
  if (!parsed.has(policy)) {
    if (parsed.size >= parsedMax) parsed.clear();
    parsed.set(policy, JSON.parse(policy));
  }
  return parsed.get(policy);
}
