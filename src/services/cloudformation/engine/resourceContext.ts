import type { ResourceContext } from '../../../platform/index.ts';
import { generatedName } from './names.ts';
import type { StackRun } from './run.ts';

/** What a resource type's handler is given for one step. */
export function resourceContext(run: StackRun, logicalId: string): ResourceContext {
  const token = run.token(logicalId);
  const { stackName, stackId } = run.stack;
  return {
    aws: run.aws,
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
    generateName: (lengthMax, options) => generatedName(stackName, logicalId, token, lengthMax, options),
  };
}
