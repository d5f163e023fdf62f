import { arnTemplate } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { expectBoolean, expectList, expectMap, expectString, property } from '../expect.ts';
import { pythonText } from '../intrinsics.ts';
import type { SwaggerAuthorizer } from '../openapi/swaggerParts.ts';
import { entriesOf, put, py, str } from '../python/py27.ts';
import { type Dict, isEmpty, isMap, isPresent, sub, text } from '../values.ts';

const authorizerKey = 'x-amazon-apigateway-authorizer';

const identitySources = [
  ['Headers', 'method.request.header.'],
  ['QueryStrings', 'method.request.querystring.'],
  ['StageVariables', 'stageVariables.'],
  ['Context', 'context.'],
] as const;

/** One entry of `Auth.Authorizers` of a REST API: a Lambda function, a user pool, or IAM. */
export class RestAuthorizer implements SwaggerAuthorizer {
  readonly scopes: unknown[];
  private readonly apiId: string;
  private readonly name: string;
  private readonly settings: Dict;
  private readonly partition: string;

  constructor(apiId: string, name: string, settings: Dict, partition: string) {
    this.apiId = apiId;
    this.name = name;
    this.settings = settings;
    this.partition = partition;
    this.check();
    this.scopes = (settings.AuthorizationScopes as unknown[] | undefined) ?? [];
  }

  /** The function that API Gateway must be allowed to invoke; undefined when there is none to allow. */
  get functionToPermit(): unknown {
    const { FunctionArn, DisableFunctionDefaultPermissions } = this.settings;
    return isPresent(FunctionArn) && isEmpty(DisableFunctionDefaultPermissions) ? FunctionArn : undefined;
  }

  toSwagger(): Dict {
    const swagger = py({
      type: str('apiKey'),
      name: this.header(),
      in: str('header'),
      'x-amazon-apigateway-authtype': str(this.authType()),
    });
    if (this.kind() === 'COGNITO') {
      put(swagger, authorizerKey, py({ type: str('cognito_user_pools'), providerARNs: this.userPools() }));
    } else if (this.kind() === 'LAMBDA') put(swagger, authorizerKey, this.lambda());
    const expression = isMap(this.settings.Identity)
      ? this.settings.Identity.ValidationExpression
      : undefined;
    const validates =
      this.kind() === 'COGNITO' || (this.kind() === 'LAMBDA' && this.payloadType() === 'TOKEN');
    if (validates && isPresent(expression)) {
      put(swagger[authorizerKey] as Dict, 'identityValidationExpression', expression);
    }
    return swagger;
  }

  private check(): void {
    const { apiId, name, settings } = this;
    const { FunctionPayloadType: payload, Identity: identity, AuthorizationScopes: scopes } = settings;
    if (payload !== undefined && payload !== null && !['TOKEN', 'REQUEST'].includes(text(payload))) {
      throw new InvalidResource(
        apiId,
        `${name} Authorizer has invalid 'FunctionPayloadType': ${pythonText(payload)}.`,
      );
    }
    if (text(payload) === 'REQUEST' && this.lacksIdentitySource(identity)) {
      throw new InvalidResource(
        apiId,
        `${name} Authorizer must specify Identity with at least one of Headers, QueryStrings, StageVariables, or Context.`,
      );
    }
    if (scopes !== undefined && scopes !== null) {
      expectList(scopes, property(apiId, `Authorizers.${name}.AuthorizationScopes`));
    }
    const disable = settings.DisableFunctionDefaultPermissions;
    if (disable !== undefined && disable !== null) {
      expectBoolean(disable, property(apiId, `Authorizers.${name}.DisableFunctionDefaultPermissions`));
    }
  }

  /** Without a time to live for cached results, or with one above zero, there must be something to cache by. */
  private lacksIdentitySource(identity: unknown): boolean {
    if (isEmpty(identity)) return true;
    const sources = expectMap(identity, property(this.apiId, `Authorizer.${this.name}.Identity`));
    const lacking = identitySources.every(([name]) => isEmpty(sources[name]));
    const ttl = sources.ReauthorizeEvery;
    if (ttl === undefined || ttl === null) return lacking;
    const seconds = Number.parseInt(text(ttl), 10);
    return Number.isNaN(seconds) ? lacking : seconds > 0 && lacking;
  }

  private kind(): 'AWS_IAM' | 'COGNITO' | 'LAMBDA' {
    if (this.settings === iamSettings) return 'AWS_IAM';
    return isPresent(this.settings.UserPoolArn) ? 'COGNITO' : 'LAMBDA';
  }

  private authType(): string {
    return { AWS_IAM: 'awsSigv4', COGNITO: 'cognito_user_pools', LAMBDA: 'custom' }[this.kind()];
  }

  private payloadType(): string {
    return isEmpty(this.settings.FunctionPayloadType) ? 'TOKEN' : text(this.settings.FunctionPayloadType);
  }

  private header(): unknown {
    if (this.kind() === 'LAMBDA' && this.payloadType() === 'REQUEST') return str('Unused');
    const identity = this.settings.Identity;
    if (isPresent(identity) && !isMap(identity)) {
      throw new InvalidResource(
        this.apiId,
        'Auth.Authorizers.<Authorizer>.Identity must be a dict (LambdaTokenAuthorizationIdentity, LambdaRequestAuthorizationIdentity or CognitoAuthorizationIdentity).',
      );
    }
    const header = isMap(identity) ? identity.Header : undefined;
    return isEmpty(header) ? str('Authorization') : header;
  }

  private userPools(): unknown[] {
    const pool = this.settings.UserPoolArn;
    return Array.isArray(pool) ? pool : [pool];
  }

  private lambda(): Dict {
    const { FunctionArn, Identity: identity, FunctionInvokeRole: role } = this.settings;
    const path = 'lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations';
    const uri = py(
      sub(
        str(arnTemplate(this.partition, 'apigateway', path, '')),
        py({ __FunctionArn__: FunctionArn ?? null }),
      ),
    );
    const lambda = py({ type: str(this.payloadType().toLowerCase()), authorizerUri: uri });
    const ttl = isMap(identity) ? identity.ReauthorizeEvery : undefined;
    if (ttl !== undefined && ttl !== null) put(lambda, 'authorizerResultTtlInSeconds', ttl);
    if (isPresent(role) && text(role) !== 'NONE') put(lambda, 'authorizerCredentials', role);
    if (this.payloadType() === 'REQUEST') {
      const source = this.identitySource();
      if (source) put(lambda, 'identitySource', source);
    }
    return lambda;
  }

  private identitySource(): string {
    const identity = isMap(this.settings.Identity) ? this.settings.Identity : {};
    const sources = identitySources.flatMap(([name, prefix]) => {
      if (isEmpty(identity[name])) return [];
      const path = `Auth.Authorizers.${this.name}.Identity.${name}`;
      return expectList(identity[name], property(this.apiId, path)).map(
        (item, index) => prefix + text(expectString(item, property(this.apiId, `${path}[${index}]`))),
      );
    });
    return sources.join(', ');
  }
}

const iamSettings: Dict = {};

/** The authorizers of a REST API by name, IAM among them when it is the default. */
export function restAuthorizers(
  apiId: string,
  config: unknown,
  defaultAuthorizer: unknown,
  partition: string,
): Map<string, RestAuthorizer> {
  const authorizers = new Map<string, RestAuthorizer>();
  if (text(defaultAuthorizer) === 'AWS_IAM') {
    authorizers.set('AWS_IAM', new RestAuthorizer(apiId, 'AWS_IAM', iamSettings, partition));
  }
  if (isEmpty(config)) return authorizers;
  for (const [name, settings] of entriesOf(expectMap(config, property(apiId, 'Auth.Authorizers')))) {
    const checked = expectMap(settings, property(apiId, `Auth.Authorizers.${name}`));
    authorizers.set(name, new RestAuthorizer(apiId, name, checked, partition));
  }
  return authorizers;
}
