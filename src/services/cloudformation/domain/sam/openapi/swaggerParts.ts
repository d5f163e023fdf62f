/** What goes into a Swagger document, and small readings of it; `swagger.ts` edits it. */
import { refuseDocument } from '../errors.ts';
import { pythonText } from '../intrinsics.ts';
import { entriesOf, py, str } from '../python/py27.ts';
import { type Dict, isMap, isPresent, isText, text } from '../values.ts';
import { anyMethod, isOpenApi3, requireMap } from './document.ts';

/** The parts of an authorizer that the editor needs. */
export interface SwaggerAuthorizer {
  readonly scopes: unknown[];
  toSwagger(): Dict;
}

export interface CorsSettings {
  readonly origin: unknown;
  readonly headers?: unknown;
  readonly methods?: unknown;
  readonly maxAge?: unknown;
  readonly credentials?: unknown;
}

export interface LambdaIntegration {
  readonly uri: unknown;
  readonly condition: unknown;
  readonly transferMode: unknown;
  credentials(): unknown;
}

export interface StateMachineIntegration {
  readonly uri: unknown;
  readonly condition: unknown;
  readonly credentials: unknown;
  readonly requestTemplates: unknown;
}

export interface RequestParameter {
  readonly name: string;
  readonly required: unknown;
  readonly caching: unknown;
}

export function isValidSwagger(doc: unknown): doc is Dict {
  if (!isMap(doc) || !isMap(doc.paths)) return false;
  return isPresent(doc.swagger) || (isPresent(doc.openapi) && isOpenApi3(doc.openapi));
}

export function swaggerSkeleton(): Dict {
  return py({
    swagger: str('2.0'),
    info: py({ version: str('1.0'), title: py({ Ref: str('AWS::StackName') }) }),
    paths: py(),
  });
}

/** `/{proxy+}` and `/{id}` match anything in an ARN. */
export function pathWithWildcards(path: string): string {
  return text(path).replaceAll(/\{([a-zA-Z0-9._-]+\+?)\}/g, '*');
}

export function securityOf(definition: Dict, path: string, method: string): Dict[] {
  const security = 'security' in definition ? definition.security : [];
  if (!Array.isArray(security))
    refuseDocument(`Type of security for path ${path} method ${method} must be a list`);
  return security.map((entry) =>
    requireMap(
      entry,
      `${pythonText(entry)} in Security for path ${path} method ${method} is not a valid dictionary.`,
    ),
  );
}

export function validatorName(body: boolean, parameters: boolean): string {
  if (body) return parameters ? 'body-and-params' : 'body-only';
  return parameters ? 'params-only' : 'no-validation';
}

const allHttpMethods = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'];

export function corsMethods(methods: readonly string[]): string {
  const all = methods.includes(anyMethod) ? allHttpMethods : [...methods, 'options'];
  return [...new Set(all.map((method) => method.toUpperCase()))].sort().join(',');
}

/** `~1` stands for `/` in media types, as in JSON pointers. */
export function unescapeSlashes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unescapeSlashes);
  if (isText(value)) return text(value).replaceAll('~1', '/');
  if (!isMap(value)) return value;
  const result = py();
  for (const [key, item] of entriesOf(value)) result[key.replaceAll('~1', '/')] = unescapeSlashes(item);
  return result;
}
