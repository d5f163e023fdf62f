/**
 * The stages that are being served, compiled. Each request reads its stage's record (a microsecond) and
 * compares it with the one the compiled form was made from: a change is seen by the next request, in every
 * process over the same store, and deployments themselves never change.
 */
import { type CompiledApi, compileApi } from '../domain/compiled.ts';
import type { Stage } from '../domain/types.ts';
import { compiledDeploymentsMax } from '../limits.ts';
import type { Address, ApiStore } from '../store.ts';
import { type CompiledHttpApi, compileHttpApi } from '../v2/domain/compiled.ts';
import type { HttpStage } from '../v2/domain/types.ts';

export interface ServedStage {
  stage: Stage;
  api: CompiledApi;
}

export interface ServedHttpStage {
  stage: HttpStage;
  api: CompiledHttpApi;
}

interface Kept<Served> {
  bytes: Uint8Array;
  served: Served;
}

export class ServedStages {
  readonly #store: ApiStore;
  readonly #addresses = new Map<string, Address>();
  readonly #rest = new Map<string, Kept<ServedStage>>();
  readonly #http = new Map<string, Kept<ServedHttpStage>>();

  constructor(store: ApiStore) {
    this.#store = store;
  }

  /** Where an API lives. Ids are never used again, so an address stays true as long as the API has stages. */
  async address(apiId: string): Promise<Address | undefined> {
    const known = this.#addresses.get(apiId);
    if (known) return known;
    const address = await this.#store.address(apiId);
    if (address) keep(this.#addresses, apiId, address);
    return address;
  }

  async rest(address: Address, apiId: string, stageName: string): Promise<ServedStage | undefined> {
    const bytes = await this.#store.bytes('stage', address, apiId, stageName);
    const key = `${apiId}/${stageName}`;
    if (!bytes) {
      this.#rest.delete(key);
      return undefined;
    }
    const kept = this.#rest.get(key);
    if (kept && Buffer.compare(kept.bytes, bytes) === 0) return kept.served;
    const stage = JSON.parse(Buffer.from(bytes).toString()) as Stage;
    const snapshot = await this.#store.snapshot(apiId, stage.deploymentId);
    if (!snapshot) return undefined;
    const served = { stage, api: compileApi(snapshot) };
    keep(this.#rest, key, { bytes: Uint8Array.from(bytes), served });
    return served;
  }

  async http(address: Address, apiId: string, stageName: string): Promise<ServedHttpStage | undefined> {
    const bytes = await this.#store.bytes('httpStage', address, apiId, stageName);
    const key = `${apiId}/${stageName}`;
    if (!bytes) {
      this.#http.delete(key);
      return undefined;
    }
    const kept = this.#http.get(key);
    if (kept && Buffer.compare(kept.bytes, bytes) === 0) return kept.served;
    const stage = JSON.parse(Buffer.from(bytes).toString()) as HttpStage;
    if (!stage.DeploymentId) return undefined;
    const snapshot = await this.#store.httpSnapshot(apiId, stage.DeploymentId);
    if (!snapshot) return undefined;
    const served = { stage, api: compileHttpApi(snapshot) };
    keep(this.#http, key, { bytes: Uint8Array.from(bytes), served });
    return served;
  }
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= compiledDeploymentsMax) {
    const oldest = map.keys().next();
    if (!oldest.done) map.delete(oldest.value);
  }
  map.set(key, value);
}
