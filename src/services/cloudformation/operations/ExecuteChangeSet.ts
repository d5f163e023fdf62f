import { capabilitiesMissing } from '../domain/capabilities.ts';
import { readTemplate } from '../domain/template/read.ts';
import { InvalidChangeSetStatusException } from '../errors.ts';
import { requireCapabilities } from '../prepare.ts';
import type { OnFailure } from '../records.ts';
import { type Context, placeOf } from '../room.ts';
import { findChangeSet } from './changeSets.ts';
import { requireAllowedByPolicy } from './stackPolicies.ts';
import { startOperation } from './starting.ts';
import { startUpdate } from './UpdateStack.ts';

export interface ExecuteChangeSetInput {
  ChangeSetName: string;
  StackName?: string;
  ClientRequestToken?: string;
  DisableRollback?: boolean;
  RetainExceptOnCreate?: boolean;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html */
export async function ExecuteChangeSet(ctx: Context, input: ExecuteChangeSetInput) {
  const { changeSetId, inputs } = await findChangeSet(ctx, input.ChangeSetName, input.StackName);
  if (inputs) {
    // A change set shows what its macros made before it runs: only the template's own capabilities are asked.
    requireCapabilities(capabilitiesMissing(readTemplate(inputs.processed), inputs.capabilities, false));
  }
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    const changeSet = await writer.changeSetById(changeSetId);
    if (!changeSet?.inputs || changeSet.executionStatus !== 'AVAILABLE') {
      throw new InvalidChangeSetStatusException(
        `ChangeSet [${changeSetId}] cannot be executed in its current status of [${changeSet?.status === 'FAILED' ? 'FAILED' : (changeSet?.executionStatus ?? 'DELETE_COMPLETE')}]`,
      );
    }
    const { stackId, changeSetName } = changeSet;
    const { description } = readTemplate(changeSet.inputs.processed);
    const onFailure: OnFailure = input.DisableRollback
      ? 'DO_NOTHING'
      : (changeSet.onStackFailure ?? 'ROLLBACK');
    const options = {
      onFailure,
      changeSetName,
      retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
      ...(input.ClientRequestToken === undefined ? {} : { clientRequestToken: input.ClientRequestToken }),
    };
    const roleArn = changeSet.roleArn;
    if (changeSet.type === 'CREATE') {
      const stack = await writer.stack(stackId);
      if (!stack) return;
      writer.putInputs(stackId, changeSet.inputs);
      const created = {
        ...stack,
        status: 'CREATE_IN_PROGRESS' as const,
        description,
        changeSetId,
        disableRollback: onFailure === 'DO_NOTHING',
        roleArn: roleArn ?? stack.roleArn,
        updatedAt: ctx.now,
      };
      await startOperation(ctx, writer, created, 'create', options);
    } else {
      const stack = await writer.stack(stackId);
      if (stack) {
        requireAllowedByPolicy(stack, undefined, changeSet.plan ?? []);
        await writer.putStack({ ...stack, changeSetId });
      }
      await startUpdate(ctx, writer, stackId, changeSet.inputs, {
        ...options,
        description,
        ...(roleArn === undefined ? {} : { roleArn }),
      });
    }
    // The others were made against what the stack no longer is.
    const { items } = await writer.changeSets(stackId, 1000);
    for (const other of items) if (other.changeSetId !== changeSetId) writer.deleteChangeSet(other);
    writer.putChangeSet({ ...changeSet, executionStatus: 'EXECUTE_IN_PROGRESS' });
  });
  return {};
}
