/** Security schemes as authorizers, and what guards one method. */
import type { Authorizer, Method } from '../types.ts';
import { isObject, type Json, listOf, objectOf, resolve, textList, textOf } from './document.ts';

type Scheme =
  | { kind: 'apiKey' }
  | { kind: 'iam' }
  | { kind: 'authorizer'; authorizer: Omit<Authorizer, 'id'> }
  | { kind: 'unknown' };

export type Schemes = ReadonlyMap<string, Scheme>;

/** `securityDefinitions` (2.0) or `components.securitySchemes` (3.x). */
export function readSchemes(root: Json, version: 2 | 3): Schemes {
  const schemes = new Map<string, Scheme>();
  const defined =
    version === 2 ? objectOf(root.securityDefinitions) : objectOf(objectOf(root.components).securitySchemes);
  for (const [name, value] of Object.entries(defined)) {
    schemes.set(name, readScheme(name, resolve(root, value)));
  }
  return schemes;
}

function readScheme(name: string, scheme: Json): Scheme {
  const authType = textOf(scheme['x-amazon-apigateway-authtype']);
  if (authType?.toLowerCase() === 'awssigv4') return { kind: 'iam' };
  const authorizer = scheme['x-amazon-apigateway-authorizer'];
  if (isObject(authorizer)) return readAuthorizer(name, scheme, authorizer, authType);
  if (scheme.type === 'apiKey' && textOf(scheme.name)?.toLowerCase() === 'x-api-key') {
    return { kind: 'apiKey' };
  }
  return { kind: 'unknown' };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html */
function readAuthorizer(name: string, scheme: Json, value: Json, authType: string | undefined): Scheme {
  const type = (textOf(value.type) ?? 'token').toUpperCase() as Authorizer['type'];
  const ttl = textOf(value.authorizerResultTtlInSeconds);
  const header = textOf(scheme.in) === 'header' ? textOf(scheme.name) : undefined;
  const named = header && header !== 'Unused' ? `method.request.header.${header}` : undefined;
  return {
    kind: 'authorizer',
    authorizer: {
      name,
      type,
      authType,
      providerARNs: textList(value.providerARNs),
      authorizerUri: textOf(value.authorizerUri),
      authorizerCredentials: textOf(value.authorizerCredentials),
      identitySource: textOf(value.identitySource) ?? (type === 'REQUEST' ? undefined : named),
      identityValidationExpression: textOf(value.identityValidationExpression),
      authorizerResultTtlInSeconds: ttl === undefined ? undefined : Number(ttl),
    },
  };
}

export interface MethodSecurity extends Pick<Method, 'authorizationType' | 'apiKeyRequired'> {
  authorizerName?: string | undefined;
  authorizationScopes?: string[] | undefined;
}

/** @param operation the method. Its own `security` wins over the document's. */
export function securityOf(root: Json, operation: Json, schemes: Schemes): MethodSecurity {
  const security: MethodSecurity = { authorizationType: 'NONE', apiKeyRequired: false };
  for (const requirement of listOf(operation.security ?? root.security)) {
    for (const [name, scopes] of Object.entries(objectOf(requirement))) {
      const scheme = schemes.get(name);
      if (scheme?.kind === 'apiKey') security.apiKeyRequired = true;
      else if (scheme?.kind === 'iam') security.authorizationType = 'AWS_IAM';
      else if (scheme?.kind === 'authorizer') {
        const cognito = scheme.authorizer.type === 'COGNITO_USER_POOLS';
        security.authorizationType = cognito ? 'COGNITO_USER_POOLS' : 'CUSTOM';
        security.authorizerName = name;
        const listed = textList(scopes);
        if (listed?.length) security.authorizationScopes = listed;
      }
    }
  }
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html
  const auth = textOf(objectOf(operation['x-amazon-apigateway-auth']).type)?.toUpperCase();
  if (auth === 'AWS_IAM' || auth === 'NONE') {
    security.authorizationType = auth;
    security.authorizerName = undefined;
  }
  return security;
}

/** Names of the schemes that an export defines for API keys and for IAM. */
export const apiKeyScheme = 'api_key';
export const iamScheme = 'sigv4';
export const sigv4Scheme = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  'x-amazon-apigateway-authtype': 'awsSigv4',
};

/** The security scheme of an authorizer. */
export function exportScheme(authorizer: Authorizer): Json {
  const { type, identitySource, authorizerResultTtlInSeconds: ttl } = authorizer;
  const header = /^method\.request\.header\.([^,\s]+)$/.exec(identitySource ?? '')?.[1];
  const named = type === 'REQUEST' ? undefined : header;
  const cognito = type === 'COGNITO_USER_POOLS';
  const value: Json = {
    type: type.toLowerCase(),
    authorizerUri: authorizer.authorizerUri,
    authorizerCredentials: authorizer.authorizerCredentials,
    identitySource: named ? undefined : identitySource,
    identityValidationExpression: authorizer.identityValidationExpression,
    authorizerResultTtlInSeconds: ttl,
    providerARNs: authorizer.providerARNs,
  };
  return {
    type: 'apiKey',
    name: named ?? 'Unused',
    in: 'header',
    'x-amazon-apigateway-authtype': authorizer.authType ?? (cognito ? 'cognito_user_pools' : 'custom'),
    'x-amazon-apigateway-authorizer': Object.fromEntries(
      Object.entries(value).filter(([, member]) => member !== undefined),
    ),
  };
}
