/** The functions of a template whose code is local, as far as the template's text tells. */
import { dirname, resolve, sep } from 'node:path';
import { type Document, isMap, isScalar } from 'yaml';
import type { BundleSource } from './bundle.ts';
import { type LocalReference, localReferences } from './references.ts';
import { parsed, readTemplate } from './templateDocument.ts';

export interface FunctionSource extends BundleSource {
  readonly logicalId: string;
  readonly runtime: string | undefined;
  /** `AutoPublishAlias`: what invokes the function invokes a published version. Null when it is no plain text. */
  readonly alias: string | null | undefined;
}

const codeProperties = new Set(['CodeUri', 'Code']);

/** What a template that `sam build` wrote names is built already. */
export function isBuiltTemplate(path: string): boolean {
  return resolve(path).split(sep).includes('.aws-sam');
}

/**
 * Functions with a folder or file of their own, and those that share the one in Globals. Nested templates aren't read.
 * @throws PackageError when the template isn't there or isn't YAML.
 */
export async function functionSources(template: string): Promise<FunctionSource[]> {
  const path = resolve(template);
  const { document } = parsed(path, await readTemplate(path));
  const references = localReferences(document);
  const shared = references.find(({ name }) => name === 'Globals.Function.CodeUri');
  const resources = document.get('Resources');
  if (!isMap(resources)) return [];
  return resources.items.flatMap(({ key, value }) => {
    const logicalId = isScalar(key) ? String(key.value) : '';
    if (!isMap(value) || !/^AWS::(Serverless|Lambda)::Function$/.test(String(value.get('Type')))) return [];
    const own = references.find((reference) => reference.logicalId === logicalId && isCode(reference));
    const isElsewhere = ['CodeUri', 'InlineCode', 'ImageUri'].some((name) =>
      value.hasIn(['Properties', name]),
    );
    const isServerless = value.get('Type') === 'AWS::Serverless::Function';
    const reference = own ?? (shared && isServerless && !isElsewhere ? { ...shared, logicalId } : undefined);
    const source = reference && functionSource(document, reference, dirname(path));
    return source ? [source] : [];
  });
}

/** The function that a reference is the code of; undefined when it is something else. */
export function functionSource(
  document: Document,
  reference: LocalReference,
  templateFolder: string,
): FunctionSource | undefined {
  const { logicalId } = reference;
  if (logicalId === undefined || !isCode(reference)) return undefined;
  const type = String(document.getIn(['Resources', logicalId, 'Type']));
  if (!/^AWS::(Serverless|Lambda)::Function$/.test(type)) return undefined;
  const isServerless = type === 'AWS::Serverless::Function';
  const property = (...path: string[]): unknown =>
    document.getIn(['Resources', logicalId, 'Properties', ...path]) ??
    (isServerless ? document.getIn(['Globals', 'Function', ...path]) : undefined);
  const metadata = document.getIn(['Resources', logicalId, 'Metadata']);
  const alias = isServerless ? property('AutoPublishAlias') : undefined;
  const handler = property('Handler');
  const runtime = property('Runtime');
  const nodeOptions = property('Environment', 'Variables', 'NODE_OPTIONS');
  return {
    logicalId,
    name: reference.name,
    folder: resolve(templateFolder, reference.path),
    handler: typeof handler === 'string' ? handler : undefined,
    runtime: typeof runtime === 'string' ? runtime : undefined,
    metadata: isMap(metadata) ? metadata.toJS(document) : undefined,
    alias: alias === undefined ? undefined : typeof alias === 'string' ? alias : null,
    variables: typeof nodeOptions === 'string' ? { NODE_OPTIONS: nodeOptions } : {},
  };
}

function isCode({ name }: LocalReference): boolean {
  return codeProperties.has(name.slice(name.lastIndexOf('.') + 1));
}
