import { refuseDocument } from '../errors.ts';
import { pythonText } from '../intrinsics.ts';
import { assign, deepCopy, entriesOf, keysOf, put, py, str } from '../python/py27.ts';
import { floatText } from '../python/repr.ts';
import { conditional, type Dict, isMap, isNoValue, isNumber, isPresent, text } from '../values.ts';

export const integrationKey = 'x-amazon-apigateway-integration';
export const anyMethod = 'x-amazon-apigateway-any-method';

export type MethodDefinition = Dict;

/** OpenAPI 3, as SAM recognises it: `3`, `3.0` or `3.0.1`. */
export function isOpenApi3(version: unknown): boolean {
  const text = isNumber(version) ? floatText(version) : pythonText(version);
  return /^3(\.\d)(\.\d)?$/.test(text);
}

/**
 * What SAM's two editors (Swagger 2 for REST APIs, OpenAPI 3 for HTTP APIs) have in common: paths and
 * methods, each of which may stand behind a Fn::If. An editor works on a copy and gives a copy away.
 */
export abstract class ApiDocument {
  protected readonly doc: Dict;
  readonly paths: Dict;

  constructor(doc: Dict) {
    this.doc = deepCopy(doc);
    this.paths = this.doc.paths as Dict;
  }

  pathNames(): string[] {
    return keysOf(this.paths);
  }

  makePathConditional(path: string, condition: unknown): void {
    this.paths[path] = conditionalPy(condition, this.paths[path]);
  }

  hasPath(path: string, method?: string): boolean {
    if (!(path in this.paths)) return false;
    if (!method) return true;
    const name = normalizeMethod(method);
    return conditionalContents(this.paths[path]).every((item) => isMap(item) && name in item);
  }

  hasIntegration(path: string, method: string): boolean {
    if (!this.hasPath(path, method)) return false;
    const name = normalizeMethod(method);
    return conditionalContents(this.paths[path]).every((item) => {
      const definition = requirePathItem(item, path)[name];
      return isMap(definition) && this.methodHasIntegration(definition, path, name);
    });
  }

  addPath(path: string, method: string): void {
    if (!this.paths[path]) assign(this.paths, path, py());
    const item = this.paths[path];
    if (!isMap(item))
      refuseDocument(`Value of '${path}' path must be a dictionary according to Swagger spec.`);
    for (const content of conditionalContents(item)) {
      if (isMap(content)) setDefault(content, method, py());
    }
  }

  setIntegrationTimeout(path: string, method: string, timeout: unknown): void {
    for (const definition of this.methodDefinitions(path, method)) {
      put(definition[integrationKey] as Dict, 'timeoutInMillis', timeout);
    }
  }

  /** The definitions of one method, on both sides of its conditions; by default only those with an integration. */
  methodDefinitions(path: string, method: string, withoutIntegration = false): MethodDefinition[] {
    return conditionalContents(this.paths[path]).flatMap((item) =>
      conditionalContents(requirePathItem(item, path)[normalizeMethod(method)]).flatMap((definition) => {
        const found = requireMethod(definition, path, method);
        return withoutIntegration || isPresent(found[integrationKey]) ? [found] : [];
      }),
    );
  }

  /** All methods of a path with their definitions, those without an integration left out. */
  protected allMethods(
    path: string,
    excluded: readonly string[],
    withoutIntegration = false,
  ): [string, MethodDefinition][] {
    return conditionalContents(this.paths[path]).flatMap((item) =>
      entriesOf(requirePathItem(item, path)).flatMap(([name, method]) => {
        if (excluded.includes(name)) return [];
        return conditionalContents(method).flatMap((definition): [string, MethodDefinition][] => {
          const found = requireMethod(definition, path, name);
          return withoutIntegration || isPresent(found[integrationKey])
            ? [[normalizeMethod(name), found]]
            : [];
        });
      }),
    );
  }

  private methodHasIntegration(raw: unknown, path: string, method: string): boolean {
    return conditionalContents(raw).some((item) =>
      isPresent(requireMethod(item, path, method)[integrationKey]),
    );
  }
}

/** Both sides of a Fn::If without its AWS::NoValue, or the value itself. */
export function conditionalContents(item: unknown): unknown[] {
  if (!isMap(item) || !('Fn::If' in item)) return [item];
  const branches = item['Fn::If'];
  if (!Array.isArray(branches)) refuseDocument('Value of Fn::If must be a list.');
  return branches.slice(1).filter((branch) => !isNoValue(branch));
}

export function normalizeMethod(method: string): string {
  const lower = text(method).toLowerCase();
  return lower === 'any' ? anyMethod : lower;
}

/** Method `any` becomes a key of SAM's own, every other method keeps the template's text. */
export function setDefault(map: Dict, method: string, value: unknown): void {
  const name = normalizeMethod(method);
  if (name in map) return;
  assign(map, text(method).toLowerCase() === 'any' || isLiteral(method) ? str(name) : name, value);
}

const isLiteral = (value: unknown): boolean => value instanceof String;

export function conditionalPy(condition: unknown, whenTrue: unknown): Dict {
  const noValue = py({ Ref: str('AWS::NoValue') });
  const result = conditional(condition, whenTrue, noValue);
  return py(result);
}

export function requirePathItem(item: unknown, path: string): Dict {
  if (!isMap(item)) refuseDocument(`Value of '${path}' path must be a dictionary according to Swagger spec.`);
  return item;
}

export function requireMethod(definition: unknown, path: string, method: string): Dict {
  if (!isMap(definition))
    refuseDocument(`Definition of method '${method}' for path '${path}' should be a map.`);
  return definition;
}

export function requireMap(value: unknown, message: string): Dict {
  if (!isMap(value)) refuseDocument(message);
  return value;
}

/** Sets `a.b.c`, making the maps on the way. Throws the path of the first value that isn't a map. */
export function deepSet(map: Dict, path: readonly string[], value: unknown): string | undefined {
  let current: unknown = map;
  for (const [index, name] of path.entries()) {
    if (!isMap(current)) return path.slice(0, index).join('.');
    if (index === path.length - 1) put(current, name, value);
    else {
      if (!(name in current)) put(current, name, {});
      current = current[name];
    }
  }
  return undefined;
}

/** Says of a value found at a path that it isn't the map it should be. */
export function notAMap(path: string): string {
  return path ? `The value of '${path}' should be a map` : 'It should be a map';
}
