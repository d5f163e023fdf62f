/**
 * What becomes of an asynchronous invocation, told to its destination and to its dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import type { Delivery } from '../../../delivery/port.ts';
import { parseArn } from '../../../kernel/index.ts';
import { snsMessageBytesMax } from '../limits.ts';
import { functionArn } from './names.ts';

/** The event that was to be invoked with. */
export interface AcceptedEvent {
  place: { account: string; region: string; name: string };
  qualifier: string | undefined;
  requestId: string;
  payload: Uint8Array;
}

export interface Ending {
  condition:
    | 'Success'
    | 'RetriesExhausted'
    | 'EventAgeExceeded'
    | 'ZeroReservedConcurrency'
    | 'RecursiveInvocation';
  /** Times that the function was invoked with the event. */
  invokeCount: number;
  /** What the last invocation answered; without a version when the function didn't run. */
  response?: {
    statusCode: number;
    version?: string;
    functionError?: string;
    payload?: Uint8Array;
  };
  /** For people: the first kilobyte of it goes to the dead-letter queue. */
  errorMessage: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** “The first 1 KB of the error message”. Bytes. */
const errorMessageBytesMax = 1024;

/**
 * The record of an invocation as its destination receives it, sent as the execution role.
 * @param id names the object that a bucket gets.
 */
export function destinationDelivery(
  event: AcceptedEvent,
  ending: Ending,
  target: { arn: string; roleArn: string; id: string },
): Delivery {
  const { service } = parseArn(target.arn) ?? {};
  let record = destinationRecord(event, ending);
  // “Lambda will drop the payload when sending OnFailure event to the destination” (API reference, OnFailure).
  if (service === 'sns' && ending.condition !== 'Success' && Buffer.byteLength(record) > snsMessageBytesMax)
    record = destinationRecord(event, ending, false);
  const succeeded = ending.condition === 'Success' ? 'Success' : 'Failure';
  return {
    ...sentBy(event, target.roleArn, 'DestinationDeliveryFailures'),
    targetArn: target.arn,
    event: record,
    ...(service === 's3' ? { objectKey: objectKey(event, ending.at, target.id) } : {}),
    ...(service === 'events'
      ? {
          busEntry: {
            // The guide says aws.lambda; the events that AWS delivers say lambda, and so do the rules people have.
            source: 'lambda',
            detailType: `Lambda Function Invocation Result - ${succeeded}`,
            resources: [target.arn, functionArn(event.place, event.qualifier ?? '$LATEST')],
          },
        }
      : {}),
  };
}

/** The event itself, with the reason beside it. */
export function deadLetterDelivery(
  event: AcceptedEvent,
  ending: Ending,
  target: { arn: string; roleArn: string },
): Delivery {
  const message = Buffer.from(ending.errorMessage).subarray(0, errorMessageBytesMax).toString('utf8');
  return {
    ...sentBy(event, target.roleArn, 'DeadLetterErrors'),
    targetArn: target.arn,
    event: Buffer.from(event.payload).toString('utf8'),
    attributes: {
      RequestID: event.requestId,
      ...(ending.response ? { ErrorCode: ending.response.statusCode } : {}),
      ErrorMessage: message,
    },
  };
}

export function destinationRecord(event: AcceptedEvent, ending: Ending, withPayloads = true): string {
  const { condition, invokeCount, response, at } = ending;
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date(at).toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: functionArn(event.place, event.qualifier ?? '$LATEST'),
      condition,
      approximateInvokeCount: invokeCount,
    },
    ...(withPayloads ? { requestPayload: parsed(event.payload) } : {}),
    ...(response
      ? {
          responseContext: {
            statusCode: response.statusCode,
            ...(response.version === undefined ? {} : { executedVersion: response.version }),
            ...(response.functionError === undefined ? {} : { functionError: response.functionError }),
          },
        }
      : {}),
    ...(withPayloads && response?.payload ? { responsePayload: parsed(response.payload) } : {}),
  });
}

function sentBy({ place }: AcceptedEvent, roleArn: string, failures: string) {
  return {
    as: { roleArn },
    account: place.account,
    region: place.region,
    failureMetric: { namespace: 'AWS/Lambda', name: failures, dimensions: { FunctionName: place.name } },
  };
}

/** `aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>` */
function objectKey({ place }: AcceptedEvent, at: number, id: string): string {
  const time = new Date(at).toISOString().slice(0, 19);
  return `aws/lambda/async/${place.name}/${time.slice(0, 10).replaceAll('-', '/')}/${time.replaceAll(':', '.')}-${id}`;
}

function parsed(payload: Uint8Array): unknown {
  if (payload.length === 0) return null;
  const text = Buffer.from(payload).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
