/** From what a caller names to the version that runs: https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html */
import type { Ids } from '../../kernel/index.ts';
import type { Reader } from '../../store/index.ts';
import { type FunctionName, functionNotFound } from './domain/names.ts';
import type { AliasRecord, Configuration, FunctionRecord } from './records.ts';
import type { LambdaStore } from './store.ts';

export interface Resolved {
  readonly record: FunctionRecord;
  readonly configuration: Configuration;
}

/**
 * The function and version behind a name; an alias with weights chooses by chance.
 * @throws ResourceNotFoundException when there is no such function, version or alias.
 */
export async function resolveVersion(
  store: LambdaStore,
  name: FunctionName,
  ids: Ids,
  reader?: Reader,
): Promise<Resolved> {
  const record = await (reader ? store.function(name, reader) : store.invokedFunction(name));
  if (!record) throw functionNotFound(name);
  const { qualifier } = name;
  if (qualifier === undefined || qualifier === '$LATEST') return { record, configuration: record.latest };
  let version = qualifier;
  if (!isVersion(qualifier)) {
    const alias = await store.aliases.get(name, qualifier, reader);
    if (!alias) throw functionNotFound(name);
    version = chooseVersion(alias, ids);
    if (version === '$LATEST') return { record, configuration: record.latest };
  }
  const number = Number(version);
  const configuration = await (reader
    ? store.version(name, number, reader)
    : store.invokedVersion(name, number));
  if (!configuration) throw functionNotFound(name);
  return { record, configuration };
}

export function isVersion(qualifier: string): boolean {
  return /^\d+$/.test(qualifier);
}

function chooseVersion(alias: AliasRecord, ids: Ids): string {
  const weighted = Object.entries(alias.weights);
  if (weighted.length === 0) return alias.functionVersion;
  let chance = Buffer.from(ids.bytes(4)).readUInt32BE(0) / 2 ** 32;
  for (const [version, weight] of weighted) {
    chance -= weight;
    if (chance < 0) return version;
  }
  return alias.functionVersion;
}
