import type { AwsCaller, ResourceContext } from '../../../platform/index.ts';
import { generatedName } from './names.ts';
import type { StackRun } from './run.ts';

/**
 * What a resource type's handler is given for one step.
 * @param watched a caller that takes the run's place, and who wants to know the names that are generated.
 */
export function resourceContext(
  run: StackRun,
  logicalId: string,
  watched: { readonly aws?: AwsCaller; onName?(name: string): void } = {},
): ResourceContext {
  const token = run.token(logicalId);
  const { stackName, stackId } = run.stack;
  return {
    aws: watched.aws ?? run.aws,
    account: run.place.account,
    region: run.place.region,
    stackName,
    stackId,
    logicalId,
    token,
    stackTags: Object.fromEntries(run.inputs.tags.map(({ Key, Value }) => [Key, Value])),
    clock: run.tools.clock,
    ids: run.tools.ids,
    signal: run.signal,
    generateName: (lengthMax, options) => {
      const name = generatedName(stackName, logicalId, token, lengthMax, options);
      watched.onName?.(name);
      return name;
    },
  };
}
