/**
 * What a stage says of a method: its own setting, else the one for all methods.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
 */
import type { MethodSetting, Stage } from './types.ts';

export interface EffectiveSetting extends MethodSetting {
  /** The key under `methodSettings` that says it; requests of one key share a throttle. */
  key: string;
  /** Whether answers may be kept: "only GET methods have caching enabled by default". */
  cached: boolean;
}

/** @param resourcePath `/items/{id}`. @returns undefined when the stage says nothing of the method. */
export function settingOf(
  stage: Stage,
  resourcePath: string,
  httpMethod: string,
): EffectiveSetting | undefined {
  const key = `${resourcePath.slice(1)}/${httpMethod}`;
  const own = stage.methodSettings[key];
  const setting = own ?? stage.methodSettings['*/*'];
  if (!setting) return undefined;
  const cached =
    stage.cacheClusterEnabled &&
    setting.cachingEnabled &&
    setting.cacheTtlInSeconds > 0 &&
    (own !== undefined || httpMethod === 'GET' || httpMethod === 'ANY');
  return { ...setting, key: own ? key : '*', cached };
}
