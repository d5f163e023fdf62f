/** What UpdateStage may patch. https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch */
import { BadRequestException } from '../errors.ts';
import { cacheTtlDefaultSeconds, cacheTtlMaxSeconds } from '../limits.ts';
import { canaryRules, promotionRules } from './canary.ts';
import { booleanOf, integerOf, numberOf, type PatchRules, rule } from './patch.ts';
import type { MethodSetting, Stage } from './types.ts';

/** The settings of a method that says nothing: https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html */
export function defaultMethodSetting(): MethodSetting {
  return {
    metricsEnabled: false,
    loggingLevel: 'OFF',
    dataTraceEnabled: false,
    throttlingBurstLimit: -1,
    throttlingRateLimit: -1,
    cachingEnabled: false,
    cacheTtlInSeconds: cacheTtlDefaultSeconds,
    cacheDataEncrypted: false,
    requireAuthorizationForCacheControl: true,
    unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
  };
}

/** Path of a setting → the member it sets and how its text is read. */
const settings: Record<string, [keyof MethodSetting, (value: string) => unknown]> = {
  'metrics/enabled': ['metricsEnabled', booleanOf],
  'logging/loglevel': ['loggingLevel', loggingLevelOf],
  'logging/dataTrace': ['dataTraceEnabled', booleanOf],
  'throttling/burstLimit': ['throttlingBurstLimit', integerOf],
  'throttling/rateLimit': ['throttlingRateLimit', numberOf],
  'caching/enabled': ['cachingEnabled', booleanOf],
  'caching/ttlInSeconds': ['cacheTtlInSeconds', cacheTtlOf],
  'caching/dataEncrypted': ['cacheDataEncrypted', booleanOf],
  'caching/requireAuthorizationForCacheControl': ['requireAuthorizationForCacheControl', booleanOf],
  'caching/unauthorizedCacheControlHeaderStrategy': ['unauthorizedCacheControlHeaderStrategy', strategyOf],
};

function loggingLevelOf(value: string): string {
  if (['OFF', 'ERROR', 'INFO'].includes(value)) return value;
  throw new BadRequestException('Invalid logging level: must be OFF, ERROR or INFO');
}

function cacheTtlOf(value: string): number {
  const seconds = integerOf(value);
  if (seconds >= 0 && seconds <= cacheTtlMaxSeconds) return seconds;
  throw new BadRequestException(
    `Invalid cacheTtlInSeconds value. Must be between 0 and ${cacheTtlMaxSeconds}`,
  );
}

const strategies = ['FAIL_WITH_403', 'SUCCEED_WITH_RESPONSE_HEADER', 'SUCCEED_WITHOUT_RESPONSE_HEADER'];

function strategyOf(value: string): string {
  if (strategies.includes(value)) return value;
  throw new BadRequestException(
    `Invalid unauthorizedCacheControlHeaderStrategy. Must be one of: [${strategies.join(', ')}]`,
  );
}

const settingRules: PatchRules<Stage> = Object.fromEntries(
  Object.entries(settings).map(([path, [member, read]]) => [
    `/*/*/${path}`,
    {
      ops: ['replace'],
      apply(stage: Stage, { names, value }: { names: string[]; value: string }) {
        const key = `${(names[0] as string).replace(/^\//, '')}/${names[1]}`;
        const setting = stage.methodSettings[key] ?? defaultMethodSetting();
        stage.methodSettings = { ...stage.methodSettings, [key]: { ...setting, [member]: read(value) } };
      },
    },
  ]),
);

export const stageRules: PatchRules<Stage> = {
  ...promotionRules,
  ...canaryRules,
  '/description': rule.text('description'),
  '/variables/*': rule.entry('variables'),
  '/cacheClusterEnabled': rule.flag('cacheClusterEnabled'),
  '/cacheClusterSize': rule.text('cacheClusterSize'),
  '/clientCertificateId': rule.text('clientCertificateId', ['replace', 'remove']),
  '/documentationVersion': rule.text('documentationVersion', ['replace', 'remove']),
  '/tracingEnabled': rule.flag('tracingEnabled'),
  '/accessLogSettings/destinationArn': {
    ops: ['replace', 'add', 'remove'],
    apply(stage, { op, value }) {
      const destinationArn = op === 'remove' ? undefined : value.replace(/:\*$/, '');
      stage.accessLogSettings = { ...stage.accessLogSettings, destinationArn };
    },
  },
  '/accessLogSettings/format': {
    ops: ['replace', 'add', 'remove'],
    apply(stage, { op, value }) {
      const format = op === 'remove' ? undefined : value;
      stage.accessLogSettings = { ...stage.accessLogSettings, format };
    },
  },
  '/accessLogSettings': {
    ops: ['remove'],
    apply(stage) {
      stage.accessLogSettings = undefined;
    },
  },
  ...settingRules,
  '/*/*': {
    ops: ['remove'],
    apply(stage, { names }) {
      const kept = { ...stage.methodSettings };
      delete kept[`${(names[0] as string).replace(/^\//, '')}/${names[1]}`];
      stage.methodSettings = kept;
    },
  },
};
