import { CfnResource } from '../resource.ts';
import type { Dict } from '../values.ts';

/** A queue's policy that lets one source send to it. */
export function queuePolicy(
  logicalId: string,
  queue: { readonly arn: unknown; readonly url: unknown },
  source: { readonly arn: unknown; readonly principal: unknown },
  attributes: Dict,
): CfnResource {
  return new CfnResource(
    logicalId,
    'AWS::SQS::QueuePolicy',
    {
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'sqs:SendMessage',
            Effect: 'Allow',
            Principal: source.principal,
            Resource: queue.arn,
            Condition: { ArnEquals: { 'aws:SourceArn': source.arn } },
          },
        ],
      },
      Queues: [queue.url],
    },
    { attributes },
  );
}
