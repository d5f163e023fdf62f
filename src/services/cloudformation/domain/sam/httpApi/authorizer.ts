import { arnTemplate } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { expectBoolean, expectList, expectMap, expectString, property } from '../expect.ts';
import { entriesOf } from '../python/py27.ts';
import { asList, type Dict, isEmpty, isPresent, sub, text } from '../values.ts';

const authorizerKey = 'x-amazon-apigateway-authorizer';

type Kind = 'AWS_IAM' | 'JWT' | 'REQUEST';

/** Properties of an authorizer, the kind that takes them, and how the error calls that kind. */
const takenBy: readonly (readonly [name: string, kind: Kind, display: string])[] = [
  ['AuthorizationScopes', 'JWT', 'OAuth2 Authorizer'],
  ['JwtConfiguration', 'JWT', 'OAuth2 Authorizer'],
  ['IdentitySource', 'JWT', "OAuth2 Authorizer. For Lambda Authorizer, use the 'Identity' property instead"],
  ['FunctionArn', 'REQUEST', 'Lambda Authorizer'],
  ['FunctionInvokeRole', 'REQUEST', 'Lambda Authorizer'],
  ['Identity', 'REQUEST', 'Lambda Authorizer'],
  ['AuthorizerPayloadFormatVersion', 'REQUEST', 'Lambda Authorizer'],
  ['EnableSimpleResponses', 'REQUEST', 'Lambda Authorizer'],
  ['EnableFunctionDefaultPermissions', 'REQUEST', 'Lambda Authorizer'],
];

const identitySources = [
  ['Headers', '$request.header.'],
  ['QueryStrings', '$request.querystring.'],
  ['StageVariables', '$stageVariables.'],
  ['Context', '$context.'],
] as const;

export interface HttpAuthorizer {
  readonly scheme: Dict;
  readonly scopes: unknown[];
  /** The function that API Gateway must be allowed to invoke, when the author asks for that. */
  readonly functionToPermit: unknown;
}

/** `Auth.Authorizers` of an HTTP API, and IAM when enabled. */
export function httpAuthorizers(apiId: string, auth: Dict, partition: string): Map<string, HttpAuthorizer> {
  const authorizers = new Map<string, HttpAuthorizer>();
  if (auth.EnableIamAuthorizer === true) {
    const scheme = {
      type: 'apiKey',
      name: 'Authorization',
      in: 'header',
      'x-amazon-apigateway-authtype': 'awsSigv4',
    };
    authorizers.set('AWS_IAM', { scheme, scopes: [], functionToPermit: undefined });
  }
  if (isEmpty(auth.Authorizers)) return authorizers;
  for (const [name, value] of entriesOf(expectMap(auth.Authorizers, property(apiId, 'Auth.Authorizers')))) {
    const settings = expectMap(value, property(apiId, `Auth.Authorizers.${name}`));
    if ('OpenIdConnectUrl' in settings) {
      throw new InvalidResource(
        apiId,
        `'OpenIdConnectUrl' is no longer a supported property for authorizer '${name}'. Please refer to the AWS SAM documentation.`,
      );
    }
    authorizers.set(name, httpAuthorizer(apiId, name, settings, partition));
  }
  return authorizers;
}

function httpAuthorizer(apiId: string, name: string, settings: Dict, partition: string): HttpAuthorizer {
  const jwt = jwtConfiguration(apiId, settings.JwtConfiguration);
  const kind: Kind = jwt ? 'JWT' : 'REQUEST';
  check(apiId, name, kind, settings);
  const permits = isPresent(settings.EnableFunctionDefaultPermissions);
  return {
    scheme: jwt
      ? {
          type: 'oauth2',
          [authorizerKey]: { jwtConfiguration: jwt, identitySource: settings.IdentitySource, type: 'jwt' },
        }
      : lambdaScheme(apiId, name, settings, partition),
    scopes: asList(settings.AuthorizationScopes),
    functionToPermit: permits && isPresent(settings.FunctionArn) ? settings.FunctionArn : undefined,
  };
}

function jwtConfiguration(apiId: string, value: unknown): Dict | undefined {
  if (isEmpty(value)) return undefined;
  const given = expectMap(value, property(apiId, 'JwtConfiguration'));
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key.toLowerCase(), item]));
}

function check(apiId: string, name: string, kind: Kind, settings: Dict): void {
  const refuse = (message: string): never => {
    throw new InvalidResource(apiId, message);
  };
  const given = (property: string) => settings[property] !== undefined && settings[property] !== null;
  if (given('AuthorizationScopes') && !Array.isArray(settings.AuthorizationScopes)) {
    refuse('AuthorizationScopes must be a list.');
  }
  for (const [property, taker, display] of takenBy) {
    if (
      given(property) &&
      taker !== kind &&
      !(property === 'JwtConfiguration' && isEmpty(settings[property]))
    ) {
      refuse(`${property} is only supported for ${display}.`);
    }
  }
  if (kind === 'JWT' && isEmpty(settings.IdentitySource)) {
    refuse(`${name} OAuth2 Authorizer must define 'IdentitySource'.`);
  }
  for (const needed of kind === 'REQUEST' ? ['FunctionArn', 'AuthorizerPayloadFormatVersion'] : []) {
    if (isEmpty(settings[needed])) refuse(`${name} Lambda Authorizer must define '${needed}'.`);
  }
  if (given('EnableFunctionDefaultPermissions')) {
    const path = `Authorizers.${name}.EnableFunctionDefaultPermissions`;
    expectBoolean(settings.EnableFunctionDefaultPermissions, property(apiId, path));
  }
}

function lambdaScheme(apiId: string, name: string, settings: Dict, partition: string): Dict {
  const path = 'lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations';
  const authorizer: Dict = {
    type: 'request',
    authorizerUri: sub(arnTemplate(partition, 'apigateway', path, ''), {
      __FunctionArn__: settings.FunctionArn,
    }),
  };
  const role = settings.FunctionInvokeRole;
  if (isPresent(role) && text(role) !== 'NONE') authorizer.authorizerCredentials = role;
  if (isPresent(settings.Identity)) {
    const identity = expectMap(settings.Identity, property(apiId, `Auth.Authorizers.${name}.Identity`));
    const ttl = identity.ReauthorizeEvery;
    if (ttl !== undefined && ttl !== null) authorizer.authorizerResultTtlInSeconds = ttl;
    authorizer.identitySource = identitySources.flatMap(([source, prefix]) => {
      if (isEmpty(identity[source])) return [];
      const place = `Authorizers.${name}.Identity.${source}`;
      return expectList(identity[source], property(apiId, place)).map(
        (item, index) => prefix + text(expectString(item, property(apiId, `${place}[${index}]`))),
      );
    });
  }
  authorizer.authorizerPayloadFormatVersion = settings.AuthorizerPayloadFormatVersion;
  if (isPresent(settings.EnableSimpleResponses))
    authorizer.enableSimpleResponses = settings.EnableSimpleResponses;
  return { type: 'apiKey', name: 'Unused', in: 'header', [authorizerKey]: authorizer };
}
