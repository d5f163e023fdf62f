import { type Document, isMap, isPair, isScalar, type Pair, type Scalar, visit, type YAMLMap } from 'yaml';
import { type ArtifactProperty, artifactProperties } from './artifactProperties.ts';

/** A place of the template that names something local. */
export interface LocalReference {
  readonly property: Pick<ArtifactProperty, 'style' | 'zip'>;
  /** How errors call the place: `MyFunction.CodeUri`. */
  readonly name: string;
  /** The resource, when it is one's own: not for Globals and includes. */
  readonly logicalId?: string;
  /** The path as written, relative to the template's folder. */
  readonly path: string;
  /** The scalar to replace; undefined when the property has to be added. */
  readonly node: Scalar | undefined;
  /** Where a missing property goes. */
  readonly into?: { readonly map: YAMLMap; readonly key: string };
}

/** Finds everything local that a template names, in the order of the text. */
export function localReferences(document: Document): LocalReference[] {
  return [...globalReferences(document), ...resourceReferences(document), ...includes(document)];
}

function mapAt(map: unknown, key: string): YAMLMap | undefined {
  const value = isMap(map) ? map.get(key, true) : undefined;
  return isMap(value) ? (value as YAMLMap) : undefined;
}

/** `Globals.Function.CodeUri` serves all functions that have none of their own. */
function globalReferences(document: Document): LocalReference[] {
  return artifactProperties.flatMap((property) => {
    const section = property.type.replace('AWS::Serverless::', '');
    const globals = mapAt(mapAt(document.contents, 'Globals'), section);
    return globals ? referenceIn(globals, property, `Globals.${section}`) : [];
  });
}

function resourceReferences(document: Document): LocalReference[] {
  const resources = mapAt(document.contents, 'Resources');
  return (resources?.items ?? []).flatMap((pair: Pair) => {
    if (!isMap(pair.value)) return [];
    const type = String(pair.value.get('Type'));
    const logicalId = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const properties = mapAt(pair.value, 'Properties');
    const isBuilt = pair.value.hasIn(['Metadata', 'BuildMethod']);
    return artifactProperties.flatMap((property) => {
      if (property.type !== type || !properties) return [];
      const found = referenceIn(properties, property, logicalId);
      return (
        found.length > 0 ? found : defaultReference(document, properties, property, logicalId, isBuilt)
      ).map((reference) => ({ ...reference, logicalId }));
    });
  });
}

function referenceIn(properties: YAMLMap, property: ArtifactProperty, owner: string): LocalReference[] {
  const node = properties.getIn(property.path, true);
  if (!isScalar(node) || typeof node.value !== 'string' || isTagged(node) || isRemote(node.value)) return [];
  return [{ property, name: `${owner}.${property.path.join('.')}`, path: node.value, node }];
}

/** A function that says nothing of its code means the template's folder; one that is built gets a result of its own. */
function defaultReference(
  document: Document,
  properties: YAMLMap,
  property: ArtifactProperty,
  owner: string,
  isBuilt: boolean,
): LocalReference[] {
  const [key = ''] = property.path;
  const isElsewhere = [key, ...(property.unless ?? [])].some((name) => properties.has(name));
  const globals = mapAt(mapAt(document.contents, 'Globals'), property.type.replace('AWS::Serverless::', ''));
  const [shared] = globals ? referenceIn(globals, property, owner) : [];
  if (!property.defaultsToFolder || isElsewhere || (globals?.has(key) && !(isBuilt && shared))) return [];
  const path = shared?.path ?? '.';
  return [{ property, name: `${owner}.${key}`, path, node: undefined, into: { map: properties, key } }];
}

/** `Fn::Transform` of AWS::Include, in its long or short form, anywhere. */
function includes(document: Document): LocalReference[] {
  const found: LocalReference[] = [];
  visit(document, {
    Map(_key, map, ancestors) {
      const parent = ancestors.at(-1);
      const isLong = isPair(parent) && isScalar(parent.key) && parent.key.value === 'Fn::Transform';
      if (!(isLong || map.tag === '!Transform') || map.get('Name') !== 'AWS::Include') return;
      const node = map.getIn(['Parameters', 'Location'], true);
      if (!isScalar(node) || typeof node.value !== 'string' || isTagged(node) || isRemote(node.value)) return;
      found.push({ property: { style: 'uri' }, name: 'AWS::Include Location', path: node.value, node });
    },
  });
  return found;
}

function isTagged(node: Scalar): boolean {
  return node.tag?.startsWith('!') === true;
}

/** What is somewhere else already, or is only known when the stack is made. */
function isRemote(value: string): boolean {
  return /^(s3|https?):\/\//i.test(value) || value.includes('{{resolve:');
}
