/**
 * The stages that are being served, compiled. Each request reads its stage's record (a microsecond) and
 * compares it with the one the compiled form was made from: a change is seen by the next request, in every
 * process over the same store, and deployments themselves never change.
 */
import { type CompiledApi, type CompiledMethod, compileApi } from '../domain/compiled.ts';
import { type EffectiveSetting, settingOf } from '../domain/methodSettings.ts';
import type { CanarySettings, Stage } from '../domain/types.ts';
import { compiledDeploymentsMax } from '../limits.ts';
import type { Address, ApiStore } from '../store.ts';
import { type CompiledHttpApi, compileHttpApi } from '../v2/domain/compiled.ts';
import type { HttpStage } from '../v2/domain/types.ts';

export interface ServedStage {
  /** With the variables that requests see. */
  stage: Stage;
  api: CompiledApi;
  /** What the stage says of a method. */
  setting(method: CompiledMethod): EffectiveSetting | undefined;
  /** Which release this is; undefined where the stage has no canary. */
  isCanary?: boolean;
  /** The canary, and which share of requests (0 to 1) it answers. */
  canary?: { share: number; served: ServedStage };
}

export function servedStage(stage: Stage, api: CompiledApi): ServedStage {
  const settings = new Map<CompiledMethod, EffectiveSetting | undefined>();
  return {
    stage,
    api,
    setting(target) {
      if (settings.has(target)) return settings.get(target);
      const found = settingOf(stage, target.resourcePath, target.method.httpMethod);
      settings.set(target, found);
      return found;
    },
  };
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
    const served = servedStage(stage, compileApi(snapshot));
    const { canarySettings } = stage;
    if (canarySettings) {
      served.isCanary = false;
      const canary = await this.#canary(apiId, stage, canarySettings);
      if (canary) served.canary = { share: canarySettings.percentTraffic / 100, served: canary };
    }
    keep(this.#rest, key, { bytes: Uint8Array.from(bytes), served });
    return served;
  }

  async #canary(apiId: string, stage: Stage, canary: CanarySettings): Promise<ServedStage | undefined> {
    const { deploymentId, stageVariableOverrides } = canary;
    const snapshot = await this.#store.snapshot(apiId, deploymentId);
    if (!snapshot) return undefined;
    const variables = stageVariableOverrides
      ? { ...stage.variables, ...stageVariableOverrides }
      : stage.variables;
    const served = servedStage({ ...stage, deploymentId, variables }, compileApi(snapshot));
    served.isCanary = true;
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
