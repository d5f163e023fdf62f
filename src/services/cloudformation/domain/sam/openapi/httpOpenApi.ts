import { InvalidTemplate, refuseDocument, SamTransformError } from '../errors.ts';
import { pythonText } from '../intrinsics.ts';
import { deepCopy, entriesOf, put, py, str } from '../python/py27.ts';
import {
  asList,
  asMap,
  type Dict,
  isEmpty,
  isIntrinsic,
  isMap,
  isPresent,
  isText,
  sameValue,
  text,
} from '../values.ts';
import {
  ApiDocument,
  anyMethod,
  conditionalContents,
  conditionalPy,
  integrationKey,
  isOpenApi3,
  normalizeMethod,
  notAMap,
  requireMethod,
  requirePathItem,
} from './document.ts';

export const defaultRoute = '$default';

const corsKey = 'x-amazon-apigateway-cors';
const tagValueKey = 'x-amazon-apigateway-tag-value';
const endpointKey = 'x-amazon-apigateway-endpoint-configuration';

/** How CORS headers are called in the template and in the definition. */
const corsNames = [
  ['AllowOrigins', 'allowOrigins'],
  ['AllowHeaders', 'allowHeaders'],
  ['AllowMethods', 'allowMethods'],
  ['ExposeHeaders', 'exposeHeaders'],
  ['MaxAge', 'maxAge'],
  ['AllowCredentials', 'allowCredentials'],
] as const;

/** Edits the OpenAPI 3 definition of an HTTP API. */
export class HttpApiDocument extends ApiDocument {
  private readonly securitySchemes: Dict;
  private readonly tags: unknown;
  private readonly info: Dict;

  constructor(doc: unknown) {
    if (!isValidOpenApi(doc)) {
      refuseDocument(
        "Invalid OpenApi document. Invalid values or missing keys for 'openapi' or 'paths' in 'DefinitionBody'.",
      );
    }
    super(doc);
    const components = this.doc.components;
    if (components !== undefined && components !== null && !isMap(components)) {
      refuseDocument(`Invalid OpenApi document: ${notAMap('components')}`);
    }
    this.securitySchemes = isPresent(components?.securitySchemes)
      ? (components?.securitySchemes as Dict)
      : py();
    this.tags = isPresent(this.doc.tags) ? this.doc.tags : [];
    this.info = isPresent(this.doc.info) ? (this.doc.info as Dict) : py();
  }

  /** The definition as edited so far. */
  get openapi(): Dict {
    if (isPresent(this.tags)) put(this.doc, 'tags', this.tags);
    if (isPresent(this.securitySchemes)) {
      if (isEmpty(this.doc.components)) put(this.doc, 'components', py());
      put(this.doc.components as Dict, 'securitySchemes', this.securitySchemes);
    }
    if (isPresent(this.info)) put(this.doc, 'info', this.info);
    return deepCopy(this.doc);
  }

  addLambdaIntegration(path: string, method: string, uri: unknown, condition: unknown): void {
    if (this.hasIntegration(path, method)) return;
    this.addPath(path, method);
    const name = normalizeMethod(method);
    for (const content of conditionalContents(this.paths[path])) {
      const item = requirePathItem(content, path);
      item[name] ??= py();
      const definition = item[name] as Dict;
      put(
        definition,
        integrationKey,
        py({
          type: str('aws_proxy'),
          httpMethod: str('POST'),
          payloadFormatVersion: str('2.0'),
          uri: condition ? conditionalPy(condition, uri) : uri,
        }),
      );
      if (text(path) === defaultRoute && name === anyMethod) put(definition, 'isDefaultRoute', true);
      if (!('responses' in definition)) put(definition, 'responses', py());
      if (condition) item[name] = conditionalPy(condition, definition);
    }
  }

  /** Whether a route already invokes the function of that id. */
  invokes(path: string, method: string, functionId: string): boolean {
    if (!this.hasIntegration(path, method)) return false;
    return this.methodDefinitions(path, method, true).every((definition) => {
      const integration = definition[integrationKey] ?? {};
      if (!isMap(integration)) {
        refuseDocument(`Value of '${integrationKey}' must be a dictionary according to Swagger spec.`);
      }
      if (!isMap(integration.uri)) return false;
      return conditionalContents(integration.uri).every((content) => {
        const arn = asMap(content)['Fn::Sub'];
        return isText(arn) && /([A-Za-z0-9]+)\.Arn/.exec(text(arn))?.[1] === functionId;
      });
    });
  }

  addPathParameters(path: string, method: string, names: readonly string[]): void {
    for (const definition of this.methodDefinitions(path, method)) {
      const parameters = asList(definition.parameters) as Dict[];
      for (const name of names) {
        let parameter = parameters.find((known) => text(asMap(known).name) === name);
        if (!parameter) {
          parameter = py({ name });
          parameters.push(parameter);
        }
        put(parameter, 'in', str('path'));
        put(parameter, 'required', true);
      }
      put(definition, 'parameters', parameters);
    }
  }

  setPayloadFormatVersion(path: string, method: string, version: unknown): void {
    for (const definition of this.methodDefinitions(path, method)) {
      put(definition[integrationKey] as Dict, 'payloadFormatVersion', version);
    }
  }

  addSecuritySchemes(schemes: ReadonlyMap<string, Dict>): void {
    for (const [name, scheme] of schemes) this.securitySchemes[name] = scheme;
  }

  setDefaultAuthorizer(path: string, authorizer: string, scopes: unknown[]): void {
    for (const content of conditionalContents(this.paths[path])) {
      const item = requirePathItem(content, path);
      for (const [name, method] of entriesOf(item)) {
        const normalized = normalizeMethod(name);
        if (normalized === 'parameters' || normalized === 'options') continue;
        if (!(normalized in item)) {
          refuseDocument(`Could not find ${normalized} in ${path} within DefinitionBody.`);
        }
        for (const raw of conditionalContents(method)) {
          const definition = requireMethod(raw, path, name);
          if (isEmpty(definition[integrationKey]) || isPresent(definition.security)) continue;
          put(definition, 'security', [{ [authorizer]: scopes }]);
        }
      }
    }
  }

  addAuthorizer(
    path: string,
    method: string,
    authorizer: string,
    authorizers: unknown,
    eventScopes: unknown,
  ): void {
    for (const definition of this.methodDefinitions(path, method)) {
      let scopes: unknown = [];
      if (authorizer !== 'NONE' && authorizer !== 'AWS_IAM') {
        const settings = asMap(authorizers)[authorizer];
        if (!isMap(settings)) refuseDocument(`Type of authorizer '${authorizer}' must be a dictionary`);
        const wanted = isPresent(eventScopes) ? eventScopes : settings.AuthorizationScopes;
        if (isPresent(wanted)) scopes = wanted;
      }
      const existing = definition.security ?? [];
      if (!Array.isArray(existing)) {
        refuseDocument(`Type of security for path ${path} method ${method} must be a list`);
      }
      put(definition, 'security', [...existing, { [authorizer]: scopes }]);
    }
  }

  addTags(tags: Dict): void {
    if (!Array.isArray(this.tags)) {
      throw new SamTransformError([
        new InvalidTemplate(
          `Tags in OpenApi DefinitionBody needs to be a list. ${pythonText(this.tags)} is a ${isMap(this.tags) ? 'dict' : 'str'} not a list.`,
        ),
      ]);
    }
    for (const [name, value] of entriesOf(tags)) {
      const known = this.tags.find((tag) => text(asMap(tag).name) === name);
      if (isMap(known)) put(known, tagValueKey, value);
      else this.tags.push(py({ name, [tagValueKey]: value }));
    }
  }

  addEndpointConfiguration(disable: unknown): void {
    const servers = (this.doc.servers as unknown[] | undefined) ?? [py()];
    for (const server of servers) {
      if (!isMap(server))
        refuseDocument("Value of 'servers' item must be a dictionary according to Swagger spec.");
      server[endpointKey] = { ...asMap(server[endpointKey]), disableExecuteApiEndpoint: disable };
    }
    put(this.doc, 'servers', servers);
  }

  /** Writes the CORS settings; an intrinsic function is taken over with its members renamed. */
  addCors(settings: Dict): void {
    const cors = this.doc[corsKey] ?? {};
    if (!isMap(cors)) refuseDocument(`Value of '${corsKey}' must be a dictionary according to Swagger spec.`);
    if (isIntrinsic(settings.AllowOrigins)) Object.assign(cors, renamed(settings.AllowOrigins));
    else {
      for (const [from, to] of corsNames) {
        const value = settings[from];
        const isGiven =
          from === 'MaxAge'
            ? value !== undefined && value !== null
            : from === 'AllowCredentials'
              ? value === true
              : isPresent(value);
        if (isGiven) cors[to] = value;
      }
    }
    put(this.doc, corsKey, cors);
  }

  setInfo(name: 'title' | 'description', value: unknown): void {
    put(this.info, name, value);
  }
}

export function isValidOpenApi(doc: unknown): doc is Dict {
  return isMap(doc) && isMap(doc.paths) && isPresent(doc.openapi) && isOpenApi3(doc.openapi);
}

/** The title of a definition whose author gave none. */
export const defaultTitle: Dict = { Ref: 'AWS::StackName' };

export function hasDefaultTitle(body: Dict): boolean {
  return sameValue(asMap(body.info).title, defaultTitle);
}

export function openApiSkeleton(): Dict {
  return py({
    openapi: str('3.0.1'),
    info: py({ version: str('1.0'), title: py({ Ref: str('AWS::StackName') }) }),
    paths: py(),
  });
}

function renamed(value: unknown): Dict {
  let json = JSON.stringify(value);
  for (const [from, to] of corsNames) json = json.replaceAll(from, to);
  return JSON.parse(json) as Dict;
}
