/**
 * `requestContext` of events and `$context` of templates and access logs, for REST APIs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference
 */

export interface RequestContext {
  accountId: string;
  apiId: string;
  /** What an authorizer returned: its context, `principalId`, `claims`. */
  authorizer?: Record<string, unknown>;
  deploymentId: string;
  domainName: string;
  domainPrefix: string;
  extendedRequestId: string;
  httpMethod: string;
  identity: Identity;
  /** Only where the stage has a canary. */
  isCanaryRequest?: boolean;
  path: string;
  protocol: string;
  requestId: string;
  requestTime: string;
  requestTimeEpoch: number;
  resourceId: string;
  resourcePath: string;
  stage: string;
}

export interface Identity {
  accessKey: string | null;
  accountId: string | null;
  apiKey?: string;
  apiKeyId?: string;
  caller: string | null;
  cognitoAuthenticationProvider: string | null;
  cognitoAuthenticationType: string | null;
  cognitoIdentityId: string | null;
  cognitoIdentityPoolId: string | null;
  principalOrgId: string | null;
  sourceIp: string;
  user: string | null;
  userAgent: string | null;
  userArn: string | null;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

let lastSecond = { second: Number.NaN, text: '' };

/** The time of a request as Apache's common log format writes it: `12/Mar/2020:19:03:58 +0000`. */
export function commonLogTime(time: number): string {
  const second = Math.floor(time / 1000);
  if (second !== lastSecond.second) lastSecond = { second, text: written(new Date(second * 1000)) };
  return lastSecond.text;
}

function written(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}

/** An identity of which nothing but the address is known. */
export function anonymousIdentity(sourceIp: string, userAgent: string | null): Identity {
  return {
    accessKey: null,
    accountId: null,
    caller: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp,
    user: null,
    userAgent,
    userArn: null,
  };
}
