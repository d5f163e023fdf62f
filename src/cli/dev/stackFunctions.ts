/** The functions that a stack has, its nested stacks included. */
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { clientConfig, type Target } from '../target.ts';

export interface StackFunction {
  /** Within its stack; those of nested stacks are led by the nested stack's: `Backend/Checkout`. */
  readonly logicalId: string;
  readonly functionName: string;
  readonly arn: string;
  readonly runtime: string;
  readonly logGroup: string;
  /** Of the archive, base64. */
  readonly codeSha256: string;
}

/** How deep stacks nest at most, here. */
const depthMax = 10;

export async function stackFunctions(target: Target, stack: string): Promise<StackFunction[]> {
  const cloudFormation = new CloudFormationClient(clientConfig(target));
  const lambda = new LambdaClient(clientConfig(target));
  const found = await functionsOf(cloudFormation, stack, '', 0);
  return Promise.all(
    found.map(async ({ logicalId, functionName }) => {
      const configuration = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: functionName }),
      );
      return {
        logicalId,
        functionName,
        arn: configuration.FunctionArn ?? '',
        runtime: configuration.Runtime ?? '',
        logGroup: configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${functionName}`,
        codeSha256: configuration.CodeSha256 ?? '',
      };
    }),
  );
}

async function functionsOf(
  client: CloudFormationClient,
  stack: string,
  prefix: string,
  depth: number,
): Promise<{ logicalId: string; functionName: string }[]> {
  const found: { logicalId: string; functionName: string }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new ListStackResourcesCommand({ StackName: stack, ...(NextToken ? { NextToken } : {}) }),
    );
    NextToken = page.NextToken;
    for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId } of page.StackResourceSummaries ??
      []) {
      if (!PhysicalResourceId) continue;
      const logicalId = `${prefix}${LogicalResourceId}`;
      if (ResourceType === 'AWS::Lambda::Function') {
        found.push({ logicalId, functionName: PhysicalResourceId });
      } else if (ResourceType === 'AWS::CloudFormation::Stack' && depth < depthMax) {
        found.push(...(await functionsOf(client, PhysicalResourceId, `${logicalId}/`, depth + 1)));
      }
    }
  } while (NextToken);
  return found;
}
