import { InvalidTemplate, refuseDocument, SamTransformError } from './errors.ts';
import { pythonRepr } from './python/repr.ts';
import { type Dict, isMap, isText, onlyKey, text } from './values.ts';

/**
 * The little that SAM resolves before CloudFormation does: references to parameters, to maps, and to
 * resources that it renames (`Api.Stage`, `Function.Version`, layer versions). Values change in place.
 */

type Rewrite = (value: unknown) => unknown;

/** Rewrites a value and all it contains, from the outside in. */
function walk(value: unknown, rewrite: Rewrite): unknown {
  const rewritten = rewrite(value);
  if (Array.isArray(rewritten)) {
    rewritten.forEach((item, index) => {
      rewritten[index] = walk(item, rewrite);
    });
  } else if (isMap(rewritten)) {
    for (const key of Object.keys(rewritten)) rewritten[key] = walk(rewritten[key], rewrite);
  }
  return rewritten;
}

/** Replaces `Ref` and `${…}` of known parameters. Values that are not known yet stay as they are. */
export function resolveParameters(value: unknown, parameters: Dict): unknown {
  if (Object.keys(parameters).length === 0) return value;
  return walk(value, (item) => resolveParameter(item, parameters));
}

function resolveParameter(item: unknown, parameters: Dict): unknown {
  const key = onlyKey(item);
  if (key === 'Ref') {
    const name = (item as Dict).Ref;
    return isText(name) ? knownValue(parameters, text(name), item) : item;
  }
  if (key === 'Fn::Sub') {
    return rewriteSub(item as Dict, (whole, name) => knownValue(parameters, name, whole));
  }
  return item;
}

function knownValue(parameters: Dict, name: string, otherwise: unknown): unknown {
  if (!Object.hasOwn(parameters, name)) return otherwise;
  const value = parameters[name];
  return isText(value) && text(value).startsWith('{{IntrinsicFunction:') ? otherwise : value;
}

const subReference = /\$\{([A-Za-z0-9.]+|AWS::[A-Z][A-Za-z]*)\}/g;

function rewriteSub(item: Dict, replace: (whole: string, name: string) => unknown): Dict {
  const value = item['Fn::Sub'];
  if (isText(value)) item['Fn::Sub'] = substitute(value, replace);
  else if (Array.isArray(value) && isText(value[0])) value[0] = substitute(value[0], replace);
  return item;
}

function substitute(value: string, replace: (whole: string, name: string) => unknown): string {
  let result = text(value);
  let changed = false;
  for (const match of text(value).matchAll(subReference)) {
    const replacement = replace(match[0], match[1] ?? '');
    if (!isText(replacement)) {
      refuseDocument(
        `Invalid Fn::Sub variable value ${pythonText(replacement)}. Fn::Sub expects all variables to be strings.`,
      );
    }
    if (text(replacement) !== match[0]) changed = true;
    result = result.replace(match[0], () => text(replacement));
  }
  return changed ? result : value;
}

/** A value as Python 3 prints it, for messages that quote one. */
export function pythonText(value: unknown): string {
  return isText(value) ? text(value) : pythonRepr(value).replaceAll(/(?<=[[{(,: ]|^)u'/g, "'");
}

/** Replaces Fn::FindInMap whose keys are known by the template's own mappings. */
export function resolveMappings(value: unknown, mappings: Dict): unknown {
  if (Object.keys(mappings).length === 0) return value;
  return walk(value, (item) =>
    onlyKey(item) === 'Fn::FindInMap' ? findInMap(item as Dict, mappings) : item,
  );
}

function findInMap(item: Dict, mappings: Dict): unknown {
  const path = item['Fn::FindInMap'];
  if (!Array.isArray(path) || path.length !== 3) {
    refuseDocument(`Invalid FindInMap value ${pythonText(path)}. FindInMap expects an array with 3 values.`);
  }
  const keys = path.map((key) => (onlyKey(key) === 'Fn::FindInMap' ? findInMap(key as Dict, mappings) : key));
  if (!keys.every(isText)) return item;
  const [name, first, second] = keys.map(text) as [string, string, string];
  if (!(name in mappings)) return item;
  const refuse = (): never => {
    throw new SamTransformError([
      new InvalidTemplate(`Cannot use Fn::FindInMap on Mapping '${name}' which is not a a two-level map.`),
    ]);
  };
  const top = mappings[name];
  if (!isMap(top)) return refuse();
  if (!(first in top)) return item;
  const inner = top[first];
  if (!isMap(inner)) return refuse();
  return second in inner ? inner[second] : item;
}

/** Ids that a property of a SAM resource stands for: `{ MyApi: { Stage: 'MyApiProdStage' } }`. */
export type ResourceReferences = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** `Ref: MyApi.Stage`, `${MyApi.Stage}` and `Fn::GetAtt: [MyFn.Alias, …]` become the generated resource's id. */
export function resolveReferences(value: unknown, references: ResourceReferences): unknown {
  if (references.size === 0) return value;
  const find = (id: string | undefined, name: string | undefined) =>
    references.get(id ?? '')?.get(name ?? '');
  return walk(value, (item) => {
    const key = onlyKey(item);
    if (key === 'Ref' && isText((item as Dict).Ref)) {
      const target = text((item as Dict).Ref);
      const dot = target.indexOf('.');
      const found = dot > 0 ? find(target.slice(0, dot), target.slice(dot + 1)) : undefined;
      return found === undefined ? item : { Ref: found };
    }
    if (key === 'Fn::Sub') {
      return rewriteSub(item as Dict, (whole, name) => {
        const [id, attribute] = name.split('.');
        const found = find(id, attribute);
        return found === undefined ? whole : whole.replace(`${id}.${attribute}`, found);
      });
    }
    return rewriteGetAtt(item, (parts) => {
      const found = find(parts[0], parts[1]);
      return found === undefined ? undefined : [found, ...parts.slice(2)];
    });
  });
}

/** References to a resource whose logical id the transform changed, such as a layer version's. */
export function resolveRenamed(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (renamed.size === 0) return value;
  return walk(value, (item) => {
    const key = onlyKey(item);
    if (key === 'Ref' && isText((item as Dict).Ref)) {
      const found = renamed.get(text((item as Dict).Ref));
      return found === undefined ? item : { Ref: found };
    }
    if (key === 'Fn::Sub') {
      return rewriteSub(item as Dict, (whole, name) => {
        const id = name.split('.')[0] ?? '';
        const found = renamed.get(id);
        return found === undefined ? whole : whole.replace(id, found);
      });
    }
    return rewriteGetAtt(item, (parts) => {
      const found = renamed.get(parts[0] ?? '');
      return found === undefined ? undefined : [found, ...parts.slice(1)];
    });
  });
}

function rewriteGetAtt(item: unknown, rewrite: (parts: string[]) => string[] | undefined): unknown {
  if (onlyKey(item) !== 'Fn::GetAtt') return item;
  const path = (item as Dict)['Fn::GetAtt'];
  if (!Array.isArray(path) || path.length < 2 || !path.every(isText)) return item;
  const found = rewrite(path.map(text).join('.').split('.'));
  if (found) (item as Dict)['Fn::GetAtt'] = found;
  return item;
}

/** DependsOn of a renamed resource follows it. */
export function renameDependencies(value: unknown, renamed: ReadonlyMap<string, string>): void {
  if (renamed.size === 0) return;
  walk(value, (item) => {
    if (isMap(item) && item.DependsOn !== undefined) {
      const rename = (id: unknown) => (isText(id) ? (renamed.get(text(id)) ?? id) : id);
      item.DependsOn = Array.isArray(item.DependsOn) ? item.DependsOn.map(rename) : rename(item.DependsOn);
    }
    return item;
  });
}
