/**
 * What Lambda keeps.
 *
 *   lambda.function      [account, region, name]                   → FunctionRecord   the function and its $LATEST
 *   lambda.version       [account, region, name, number]           → Configuration    a published version
 *   lambda.alias         [account, region, name, alias]            → AliasRecord
 *   lambda.policy        [account, region, name, qualifier or '']  → PolicyRecord     resource-based policy
 *   lambda.invokeConfig  [account, region, name, qualifier]        → InvokeConfigRecord
 *   lambda.url           [account, region, name, qualifier or '']  → UrlRecord
 *   lambda.urlId         [urlId]                                   → where its UrlRecord is
 *   lambda.provisioned   [account, region, name, qualifier]        → ProvisionedRecord
 *   lambda.runtimeManagement [account, region, name, qualifier]    → RuntimeManagementRecord
 *   lambda.codeSigning   [account, region, id]                     → CodeSigningRecord
 *   lambda.signed        [account, region, id, name]               → nothing: the functions of a code signing configuration
 *   lambda.layerPolicy   [account, region, name, number]           → PolicyRecord     of a layer version
 *   lambda.layer         [account, region, name, number]           → LayerRecord
 *   lambda.layerCounter  [account, region, name]                   → the last version number
 */
import {
  type KeyPart,
  type Reader,
  type RecordSet,
  recordSet,
  type Store,
  type Transaction,
} from '../../store/index.ts';
import type {
  AliasRecord,
  CodeSigningRecord,
  Configuration,
  FunctionRecord,
  InvokeConfigRecord,
  LayerRecord,
  PolicyRecord,
  ProvisionedRecord,
  RuntimeManagementRecord,
  UrlRecord,
} from './records.ts';

type Named = [account: string, region: string, name: string];
type Qualified = [account: string, region: string, name: string, qualifier: string];
type Numbered = [account: string, region: string, name: string, number: number];

const functions = recordSet<Named, FunctionRecord>('lambda.function');
const versions = recordSet<Numbered, Configuration>('lambda.version');
const aliases = recordSet<Qualified, AliasRecord>('lambda.alias');
const policies = recordSet<Qualified, PolicyRecord>('lambda.policy');
const invokeConfigs = recordSet<Qualified, InvokeConfigRecord>('lambda.invokeConfig');
const provisioned = recordSet<Qualified, ProvisionedRecord>('lambda.provisioned');
const urls = recordSet<Qualified, UrlRecord>('lambda.url');
const urlIds = recordSet<[urlId: string], Qualified>('lambda.urlId');
const runtimeManagement = recordSet<Qualified, RuntimeManagementRecord>('lambda.runtimeManagement');
const codeSigning = recordSet<[account: string, region: string, id: string], CodeSigningRecord>(
  'lambda.codeSigning',
);
const signed = recordSet<[account: string, region: string, id: string, name: string], null>('lambda.signed');
const layerPolicies = recordSet<Numbered, PolicyRecord>('lambda.layerPolicy');
const layers = recordSet<Numbered, LayerRecord>('lambda.layer');
const layerCounters = recordSet<Named, number>('lambda.layerCounter');

/** Decoded records kept for invocations. */
const invokedMax = 1_000;
const invokedFunction = functions.remembering(invokedMax);
const invokedVersion = versions.remembering(invokedMax);

/** Where a function is. */
export interface Place {
  account: string;
  region: string;
  name: string;
}

type Scope = Pick<Place, 'account' | 'region'>;

/** Versions of one function that are looked at when its code may be released. */
const versionsScannedMax = 100_000;

/** Records read at a time where all are looked at. */
const pageRead = 1_000;

const keyOf = ({ account, region, name }: Place): Named => [account, region, name];

/** A set of records that belong to a function, one per qualifier. */
class Qualifieds<Value> {
  readonly #store: Store;
  readonly #set: RecordSet<Qualified, Value>;

  constructor(store: Store, set: RecordSet<Qualified, Value>) {
    this.#store = store;
    this.#set = set;
  }

  get(place: Place, qualifier: string, reader: Reader = this.#store): Promise<Value | undefined> {
    return this.#set.get(reader, ...keyOf(place), qualifier);
  }

  put(tx: Transaction, place: Place, qualifier: string, value: Value): void {
    this.#set.put(tx, [...keyOf(place), qualifier], value);
  }

  delete(tx: Transaction, place: Place, qualifier: string): void {
    this.#set.delete(tx, ...keyOf(place), qualifier);
  }

  deleteAll(tx: Transaction, place: Place): void {
    this.#set.deleteUnder(tx, ...keyOf(place));
  }

  /** In order of qualifiers, after `after`. */
  async list(
    place: Place,
    options: { after?: string; limit: number },
    reader: Reader = this.#store,
  ): Promise<{ qualifier: string; value: Value }[]> {
    const found = await this.#set.range(reader, {
      under: keyOf(place),
      limit: options.limit,
      ...(options.after === undefined ? {} : { gt: [...keyOf(place), options.after] }),
    });
    return found.map(({ key, value }) => ({ qualifier: key[3], value }));
  }
}

export class LambdaStore {
  readonly aliases: Qualifieds<AliasRecord>;
  readonly policies: Qualifieds<PolicyRecord>;
  readonly invokeConfigs: Qualifieds<InvokeConfigRecord>;
  readonly provisioned: Qualifieds<ProvisionedRecord>;
  readonly runtimeManagement: Qualifieds<RuntimeManagementRecord>;
  readonly #urls: Qualifieds<UrlRecord>;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.aliases = new Qualifieds(store, aliases);
    this.policies = new Qualifieds(store, policies);
    this.invokeConfigs = new Qualifieds(store, invokeConfigs);
    this.provisioned = new Qualifieds(store, provisioned);
    this.runtimeManagement = new Qualifieds(store, runtimeManagement);
    this.#urls = new Qualifieds(store, urls);
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#store.transact(body);
  }

  function(place: Place, reader: Reader = this.#store): Promise<FunctionRecord | undefined> {
    return functions.get(reader, ...keyOf(place));
  }

  /** What an invocation reads: the same object for as long as the function stays as it is, not to be changed. */
  invokedFunction(place: Place): Promise<Readonly<FunctionRecord> | undefined> {
    return invokedFunction(this.#store, ...keyOf(place));
  }

  /** The same for a published version. */
  invokedVersion(place: Place, number: number): Promise<Readonly<Configuration> | undefined> {
    return invokedVersion(this.#store, ...keyOf(place), number);
  }

  putFunction(tx: Transaction, place: Place, record: FunctionRecord): void {
    functions.put(tx, keyOf(place), record);
  }

  /** Functions of a region in order of their names, after `after`. */
  async listFunctions(
    account: string,
    region: string,
    options: { after?: string; limit: number },
    reader: Reader = this.#store,
  ): Promise<FunctionRecord[]> {
    return functions.values(reader, {
      under: [account, region],
      limit: options.limit,
      ...(options.after === undefined ? {} : { gt: [account, region, options.after] }),
    });
  }

  /** What is kept of functions' and layers' code in an account and region: every version counts for itself. */
  async codeUsage({ account, region }: Scope): Promise<{ bytes: number; functions: number }> {
    const under = [account, region];
    const ofFunctions = await this.#sum(functions, under, ({ latest }) => latest.code.size);
    const ofVersions = await this.#sum(versions, under, ({ code }) => code.size);
    const ofLayers = await this.#sum(layers, under, ({ code }) => code.size);
    return { bytes: ofFunctions.sum + ofVersions.sum + ofLayers.sum, functions: ofFunctions.count };
  }

  /** Reads a set in pages, so that no more than one of them is in memory. */
  async #sum<Parts extends readonly KeyPart[], Value>(
    set: RecordSet<Parts, Value>,
    under: readonly string[],
    sizeOf: (value: Value) => number,
  ): Promise<{ sum: number; count: number }> {
    const total = { sum: 0, count: 0 };
    for (let after: readonly KeyPart[] | undefined; ; ) {
      const page = await set.range(this.#store, { under, limit: pageRead, ...(after ? { gt: after } : {}) });
      for (const { value } of page) total.sum += sizeOf(value);
      total.count += page.length;
      after = page.at(-1)?.key;
      if (!after || page.length < pageRead) return total;
    }
  }

  /** Some functions, whatever account and region they are in. */
  someFunctions(limit: number): Promise<FunctionRecord[]> {
    return functions.values(this.#store, { limit });
  }

  version(place: Place, number: number, reader: Reader = this.#store): Promise<Configuration | undefined> {
    return versions.get(reader, ...keyOf(place), number);
  }

  putVersion(tx: Transaction, place: Place, number: number, configuration: Configuration): void {
    versions.put(tx, [...keyOf(place), number], configuration);
  }

  deleteVersion(tx: Transaction, place: Place, number: number): void {
    versions.delete(tx, ...keyOf(place), number);
  }

  /** Published versions, oldest first, after number `after`. */
  listVersions(
    place: Place,
    options: { after?: number; limit: number },
    reader: Reader = this.#store,
  ): Promise<Configuration[]> {
    return versions.values(reader, {
      under: keyOf(place),
      limit: options.limit,
      ...(options.after === undefined ? {} : { gt: [...keyOf(place), options.after] }),
    });
  }

  /** Every version that has been published of a function. */
  allVersions(place: Place, reader: Reader): Promise<Configuration[]> {
    return this.listVersions(place, { limit: versionsScannedMax }, reader);
  }

  /** The function with all that belongs to it; not its blobs. */
  deleteFunction(tx: Transaction, place: Place): void {
    functions.delete(tx, ...keyOf(place));
    versions.deleteUnder(tx, ...keyOf(place));
    const { aliases, policies, invokeConfigs, provisioned, runtimeManagement } = this;
    for (const set of [aliases, policies, invokeConfigs, provisioned, runtimeManagement])
      set.deleteAll(tx, place);
  }

  /** Provisioned concurrency of an account and region, or of all when none is named. */
  async allProvisioned(
    scope: { account: string; region: string } | undefined,
    limit: number,
    reader: Reader = this.#store,
  ): Promise<{ place: Place; qualifier: string; record: ProvisionedRecord }[]> {
    const found = await provisioned.range(reader, {
      under: scope ? [scope.account, scope.region] : [],
      limit,
    });
    return found.map(({ key: [account, region, name, qualifier], value }) => ({
      place: { account, region, name },
      qualifier,
      record: value,
    }));
  }

  codeSigning(
    scope: Scope,
    id: string,
    reader: Reader = this.#store,
  ): Promise<CodeSigningRecord | undefined> {
    return codeSigning.get(reader, scope.account, scope.region, id);
  }

  putCodeSigning(tx: Transaction, scope: Scope, record: CodeSigningRecord): void {
    codeSigning.put(tx, [scope.account, scope.region, record.id], record);
  }

  deleteCodeSigning(tx: Transaction, scope: Scope, id: string): void {
    codeSigning.delete(tx, scope.account, scope.region, id);
  }

  /** In order of their ids, after `after`. */
  listCodeSigning(
    { account, region }: Scope,
    options: { after?: string; limit: number },
  ): Promise<CodeSigningRecord[]> {
    return codeSigning.values(this.#store, {
      under: [account, region],
      limit: options.limit,
      ...(options.after === undefined ? {} : { gt: [account, region, options.after] }),
    });
  }

  /** Writes the function with another code signing configuration, or with none. */
  sign(tx: Transaction, place: Place, record: FunctionRecord, id: string | undefined): void {
    const { account, region, name } = place;
    if (record.codeSigningId !== undefined) signed.delete(tx, account, region, record.codeSigningId, name);
    if (id !== undefined) signed.put(tx, [account, region, id, name], null);
    this.putFunction(tx, place, { ...record, codeSigningId: id });
  }

  /** Names of the functions that have a code signing configuration, after `after`. */
  async listSigned(
    { account, region }: Scope,
    id: string,
    options: { after?: string; limit: number },
    reader: Reader = this.#store,
  ): Promise<string[]> {
    const found = await signed.range(reader, {
      under: [account, region, id],
      limit: options.limit,
      ...(options.after === undefined ? {} : { gt: [account, region, id, options.after] }),
    });
    return found.map(({ key }) => key[3]);
  }

  url(place: Place, qualifier: string, reader: Reader = this.#store): Promise<UrlRecord | undefined> {
    return this.#urls.get(place, qualifier, reader);
  }

  listUrls(place: Place, options: { after?: string; limit: number }, reader: Reader = this.#store) {
    return this.#urls.list(place, options, reader);
  }

  putUrl(tx: Transaction, place: Place, qualifier: string, record: UrlRecord): void {
    this.#urls.put(tx, place, qualifier, record);
    urlIds.put(tx, [record.urlId], [...keyOf(place), qualifier]);
  }

  deleteUrl(tx: Transaction, place: Place, qualifier: string, urlId: string): void {
    this.#urls.delete(tx, place, qualifier);
    urlIds.delete(tx, urlId);
  }

  /** The function and qualifier behind the host name of a function URL. */
  async findUrl(urlId: string): Promise<{ place: Place; qualifier: string; record: UrlRecord } | undefined> {
    const key = await urlIds.get(this.#store, urlId);
    if (!key) return undefined;
    const [account, region, name, qualifier] = key;
    const place = { account, region, name };
    const record = await this.url(place, qualifier);
    return record && { place, qualifier, record };
  }

  layer(place: Place, number: number, reader: Reader = this.#store): Promise<LayerRecord | undefined> {
    return layers.get(reader, ...keyOf(place), number);
  }

  deleteLayer(tx: Transaction, place: Place, number: number): void {
    layers.delete(tx, ...keyOf(place), number);
    layerPolicies.delete(tx, ...keyOf(place), number);
  }

  layerPolicy(place: Place, number: number, reader: Reader = this.#store): Promise<PolicyRecord | undefined> {
    return layerPolicies.get(reader, ...keyOf(place), number);
  }

  /** @param policy nothing: the layer version has none. */
  putLayerPolicy(tx: Transaction, place: Place, number: number, policy: PolicyRecord | undefined): void {
    if (policy) layerPolicies.put(tx, [...keyOf(place), number], policy);
    else layerPolicies.delete(tx, ...keyOf(place), number);
  }

  /** Writes a new layer version under the next number, which is never used again. */
  async addLayer(tx: Transaction, place: Place, make: (number: number) => LayerRecord): Promise<LayerRecord> {
    const number = ((await layerCounters.get(tx, ...keyOf(place))) ?? 0) + 1;
    layerCounters.put(tx, keyOf(place), number);
    const record = make(number);
    layers.put(tx, [...keyOf(place), number], record);
    return record;
  }

  /** Versions of a layer, newest first, before number `before`. */
  listLayerVersions(place: Place, options: { before?: number; limit: number }): Promise<LayerRecord[]> {
    return layers.values(this.#store, {
      under: keyOf(place),
      reverse: true,
      limit: options.limit,
      ...(options.before === undefined ? {} : { lt: [...keyOf(place), options.before] }),
    });
  }

  /** Names of layers after `after`. */
  async listLayerNames(
    account: string,
    region: string,
    options: { after?: string; limit: number },
  ): Promise<string[]> {
    const found = await layerCounters.range(this.#store, {
      under: [account, region],
      limit: options.limit,
      ...(options.after === undefined ? {} : { gt: [account, region, options.after] }),
    });
    return found.map(({ key }) => key[2]);
  }
}
