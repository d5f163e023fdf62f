import { AlreadyExistsException, LimitExceededException, ValidationError } from '../errors.ts';
import { limits } from '../limits.ts';
import { prepare, requireCapabilities, type StackRequest } from '../prepare.ts';
import type { OnFailure, StackRecord } from '../records.ts';
import { type Context, placeOf, prepareContext, stackIdFor } from '../room.ts';
import { checkPolicyText } from './stackPolicies.ts';
import {
  checkStackName,
  refuseUnsupported,
  repeatedRequest,
  requireRole,
  startOperation,
  type UnsupportedMembers,
} from './starting.ts';

export interface CreateStackInput extends StackRequest, UnsupportedMembers {
  StackName: string;
  DisableRollback?: boolean;
  OnFailure?: OnFailure;
  TimeoutInMinutes?: number;
  RoleARN?: string;
  ClientRequestToken?: string;
  EnableTerminationProtection?: boolean;
  RetainExceptOnCreate?: boolean;
  StackPolicyBody?: string;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
export async function CreateStack(ctx: Context, input: CreateStackInput) {
  const { StackName, ClientRequestToken } = input;
  checkStackName(StackName);
  refuseUnsupported('CreateStack', input);
  checkPolicyText(input.StackPolicyBody);
  const onFailure = chosenOnFailure(input);
  const reader = ctx.room.store.at(placeOf(ctx));
  const repeated = await repeatedRequest(ctx, 'CreateStack', ClientRequestToken, StackName);
  if (repeated !== undefined) return { StackId: repeated };
  if (await reader.find(StackName)) throw alreadyExists(StackName);

  await requireRole(ctx, input.RoleARN);
  const stackId = stackIdFor(ctx, StackName);
  const identity = { stackId, stackName: StackName };
  const { inputs, template, missingCapabilities } = await prepare(
    prepareContext(ctx),
    input,
    identity,
    undefined,
  );
  requireCapabilities(missingCapabilities);

  const stack: StackRecord = {
    ...identity,
    status: 'CREATE_IN_PROGRESS',
    description: template.description,
    createdAt: ctx.now,
    outputs: [],
    disableRollback: onFailure === 'DO_NOTHING',
    terminationProtection: input.EnableTerminationProtection ?? false,
    ...(input.TimeoutInMinutes === undefined ? {} : { timeoutInMinutes: input.TimeoutInMinutes }),
    roleArn: input.RoleARN,
    ...(input.StackPolicyBody === undefined ? {} : { stackPolicy: input.StackPolicyBody }),
    eventCount: 0,
  };
  await ctx.room.store.transact(placeOf(ctx), async (writer) => {
    if (await writer.find(StackName)) throw alreadyExists(StackName);
    if ((await writer.liveStacks(limits.stacksMax)) >= limits.stacksMax) {
      throw new LimitExceededException('Limit for stack has been exceeded');
    }
    writer.putInputs(stackId, inputs);
    if (ClientRequestToken)
      writer.putToken(ClientRequestToken, StackName, { stackId, operation: 'CreateStack' });
    const options = {
      onFailure,
      retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
      ...(ClientRequestToken === undefined ? {} : { clientRequestToken: ClientRequestToken }),
    };
    await startOperation(ctx, writer, stack, 'create', options, true);
  });
  return { StackId: stackId };
}

function chosenOnFailure({ OnFailure, DisableRollback }: CreateStackInput): OnFailure {
  if (OnFailure !== undefined && DisableRollback !== undefined) {
    throw new ValidationError('You can specify either DisableRollback or OnFailure, but not both.');
  }
  return OnFailure ?? (DisableRollback ? 'DO_NOTHING' : 'ROLLBACK');
}

export function alreadyExists(stackName: string) {
  return new AlreadyExistsException(`Stack [${stackName}] already exists`);
}
