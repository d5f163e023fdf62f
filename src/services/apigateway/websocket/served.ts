/** The stages of WebSocket APIs that are being served, compiled; as `../endpoints/served.ts` keeps those of the others. */
import { compiledDeploymentsMax } from '../limits.ts';
import type { Address, ApiStore } from '../store.ts';
import type { HttpStage } from '../v2/domain/types.ts';
import { type CompiledSocketApi, compileSocketApi } from './compiled.ts';

export interface ServedSocketStage {
  stage: HttpStage;
  api: CompiledSocketApi;
}

export class ServedSocketStages {
  readonly #store: ApiStore;
  readonly #kept = new Map<string, { bytes: Uint8Array; served: ServedSocketStage }>();

  constructor(store: ApiStore) {
    this.#store = store;
  }

  /** @returns undefined when there is no such stage, or nothing was deployed to it. */
  async get(address: Address, apiId: string, stageName: string): Promise<ServedSocketStage | undefined> {
    const bytes = await this.#store.bytes('httpStage', address, apiId, stageName);
    const key = `${apiId}/${stageName}`;
    const kept = this.#kept.get(key);
    if (bytes && kept && Buffer.compare(kept.bytes, bytes) === 0) return kept.served;
    this.#kept.delete(key);
    if (!bytes) return undefined;
    const stage = JSON.parse(Buffer.from(bytes).toString()) as HttpStage;
    const snapshot = stage.DeploymentId && (await this.#store.httpSnapshot(apiId, stage.DeploymentId));
    if (!snapshot) return undefined;
    const served = { stage, api: compileSocketApi(snapshot) };
    if (this.#kept.size >= compiledDeploymentsMax) {
      const oldest = this.#kept.keys().next();
      if (!oldest.done) this.#kept.delete(oldest.value);
    }
    this.#kept.set(key, { bytes: Uint8Array.from(bytes), served });
    return served;
  }
}
