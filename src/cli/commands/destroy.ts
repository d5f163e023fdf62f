/** `brume destroy NAME`. */
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { Failure } from '../failure.ts';
import { followStack, lastEventTime } from '../stackProgress.ts';
import { clientConfig, reach, resolveTarget, type TargetOptions } from '../target.ts';

export async function destroy(stack: string, options: TargetOptions): Promise<void> {
  const target = resolveTarget(options);
  const client = new CloudFormationClient(clientConfig(target));
  await reach(target, async () => {
    const found = await client
      .send(new DescribeStacksCommand({ StackName: stack }))
      .catch((error: unknown) => {
        if (error instanceof Error && /does not exist/.test(error.message)) {
          throw new Failure(`There is no stack ${stack} in ${target.region}.`, {
            hints: ['`aws cloudformation list-stacks` shows what is there; --region names another region.'],
          });
        }
        throw error;
      });
    const stackId = found.Stacks?.[0]?.StackId ?? stack;
    const since = await lastEventTime(client, stackId);
    await client.send(new DeleteStackCommand({ StackName: stackId }));
    const outcome = await followStack(client, stackId, since);
    if (outcome.status !== 'DELETE_COMPLETE') {
      throw new Failure(
        `${stack} ended in ${outcome.status}${outcome.reason ? `: ${outcome.reason}` : '.'}`,
        {
          hints: outcome.failures.map(({ logicalId, type, reason }) => `${logicalId} (${type}): ${reason}`),
        },
      );
    }
    process.stderr.write(`Destroyed ${stack}.\n`);
  });
}
