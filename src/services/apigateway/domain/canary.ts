/**
 * Canary releases: a share of a stage's requests goes to another deployment.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html
 */
import { BadRequestException } from '../errors.ts';
import { booleanOf, numberOf, type PatchCall, type PatchRules } from './patch.ts';
import type { CanarySettings, Stage } from './types.ts';

/** What a canary that is made by patches starts from: the stage's own deployment and no traffic. */
function canaryOf(stage: Stage): CanarySettings {
  return (
    stage.canarySettings ?? { deploymentId: stage.deploymentId, percentTraffic: 0, useStageCache: false }
  );
}

export function checkPercent(percent: number): number {
  if (percent >= 0 && percent <= 100) return percent;
  throw new BadRequestException('Canary percentTraffic must be between 0.0 and 100.0, inclusive');
}

export function newCanary(
  deploymentId: string,
  given: {
    percentTraffic?: number | undefined;
    stageVariableOverrides?: Record<string, string> | undefined;
    useStageCache?: boolean | undefined;
  },
): CanarySettings {
  const overrides = given.stageVariableOverrides;
  return {
    deploymentId,
    percentTraffic: checkPercent(given.percentTraffic ?? 0),
    stageVariableOverrides: overrides && Object.keys(overrides).length > 0 ? overrides : undefined,
    useStageCache: given.useStageCache ?? false,
  };
}

function set(change: (canary: CanarySettings, call: PatchCall) => Partial<CanarySettings>) {
  return (stage: Stage, call: PatchCall) => {
    const canary = canaryOf(stage);
    stage.canarySettings = { ...canary, ...change(canary, call) };
  };
}

/**
 * Patches of a canary. It is promoted by copying its parts over the stage's.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/promote-canary-deployment.html
 */
export const canaryRules: PatchRules<Stage> = {
  '/canarySettings': {
    ops: ['remove'],
    apply(stage) {
      stage.canarySettings = undefined;
    },
  },
  '/canarySettings/percentTraffic': {
    ops: ['replace'],
    apply: set((_, { value }) => ({ percentTraffic: checkPercent(numberOf(value)) })),
  },
  '/canarySettings/useStageCache': {
    ops: ['replace'],
    apply: set((_, { value }) => ({ useStageCache: booleanOf(value) })),
  },
  '/canarySettings/deploymentId': {
    ops: ['replace'],
    apply: set((_, { value }) => ({ deploymentId: value })),
  },
  '/canarySettings/stageVariableOverrides': {
    ops: ['replace', 'remove'],
    apply: set((_, { op, value }) => ({
      stageVariableOverrides: op === 'remove' ? undefined : textsOf(value),
    })),
  },
  '/canarySettings/stageVariableOverrides/*': {
    ops: ['add', 'replace', 'remove'],
    apply: set((canary, { op, names, value }) => {
      const overrides = { ...canary.stageVariableOverrides };
      if (op === 'remove') delete overrides[names[0] as string];
      else overrides[names[0] as string] = value;
      return { stageVariableOverrides: Object.keys(overrides).length > 0 ? overrides : undefined };
    }),
  },
};

/** `copy` to `/deploymentId` and `/variables`. */
export const promotionRules: PatchRules<Stage> = {
  '/deploymentId': {
    ops: ['replace', 'copy'],
    apply(stage, { op, value, from }) {
      if (op === 'replace') stage.deploymentId = value;
      else stage.deploymentId = sourceOf(stage, from, '/canarySettings/deploymentId').deploymentId;
    },
  },
  '/variables': {
    ops: ['copy', 'replace', 'remove'],
    apply(stage, { op, from, value }) {
      if (op !== 'copy') {
        stage.variables = op === 'remove' ? undefined : textsOf(value);
        return;
      }
      const canary = sourceOf(stage, from, '/canarySettings/stageVariableOverrides');
      stage.variables = { ...stage.variables, ...canary.stageVariableOverrides };
    },
  },
};

/** All variables at once: JSON, `{"name": "value"}`. */
function textsOf(value: string): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(JSON.parse(value) as Record<string, unknown>).map(([name, entry]) => [
        name,
        String(entry),
      ]),
    );
  } catch {
    throw new BadRequestException(`Invalid stage variables specified: ${value}`);
  }
}

function sourceOf(stage: Stage, from: string, expected: string): CanarySettings {
  if (from !== expected) {
    throw new BadRequestException(
      `Invalid patch from path '${from}' specified for op 'copy'. Must be: [${expected}]`,
    );
  }
  if (!stage.canarySettings) throw new BadRequestException('Canary settings are not set on this stage');
  return stage.canarySettings;
}
