/**
 * First-class integrations of HTTP APIs: an operation of a service, its parameters mapped from the request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
 */
import { BadRequestException } from '../../errors.ts';

interface Subtype {
  service: string;
  operation: string;
  required: readonly string[];
  optional: readonly string[];
  /** Its wire: query services take a form. */
  wire: 'json' | 'query';
  /** Parameters that are no texts: JSON in the mapping. */
  structured?: readonly string[];
  wrap?(input: Record<string, unknown>): Record<string, unknown>;
}

const sqs = { service: 'sqs', wire: 'query' } as const;
const states = { service: 'states', wire: 'json' } as const;

/** The version of a subtype may follow it: `EventBridge-PutEvents-1.0`. */
const subtypes: Readonly<Record<string, Subtype>> = {
  'EventBridge-PutEvents': {
    service: 'events',
    operation: 'PutEvents',
    wire: 'json',
    required: ['Detail', 'DetailType', 'Source'],
    optional: ['Time', 'EventBusName', 'Resources', 'TraceHeader'],
    structured: ['Resources'],
    wrap: (entry) => ({ Entries: [entry] }),
  },
  'SQS-SendMessage': {
    ...sqs,
    operation: 'SendMessage',
    required: ['QueueUrl', 'MessageBody'],
    optional: [
      'DelaySeconds',
      'MessageAttributes',
      'MessageDeduplicationId',
      'MessageGroupId',
      'MessageSystemAttributes',
    ],
    structured: ['MessageAttributes', 'MessageSystemAttributes'],
  },
  'SQS-ReceiveMessage': {
    ...sqs,
    operation: 'ReceiveMessage',
    required: ['QueueUrl'],
    optional: [
      'AttributeNames',
      'MaxNumberOfMessages',
      'MessageAttributeNames',
      'ReceiveRequestAttemptId',
      'VisibilityTimeout',
      'WaitTimeSeconds',
    ],
    structured: ['AttributeNames', 'MessageAttributeNames'],
  },
  'SQS-DeleteMessage': {
    ...sqs,
    operation: 'DeleteMessage',
    required: ['ReceiptHandle', 'QueueUrl'],
    optional: [],
  },
  'SQS-PurgeQueue': { ...sqs, operation: 'PurgeQueue', required: ['QueueUrl'], optional: [] },
  'AppConfig-GetConfiguration': {
    service: 'appconfig',
    operation: 'GetConfiguration',
    wire: 'json',
    required: ['Application', 'Environment', 'Configuration', 'ClientId'],
    optional: ['ClientConfigurationVersion'],
  },
  'Kinesis-PutRecord': {
    service: 'kinesis',
    operation: 'PutRecord',
    wire: 'json',
    required: ['StreamName', 'Data', 'PartitionKey'],
    optional: ['SequenceNumberForOrdering', 'ExplicitHashKey'],
  },
  'StepFunctions-StartExecution': {
    ...states,
    operation: 'StartExecution',
    required: ['StateMachineArn'],
    optional: ['Name', 'Input'],
    wrap: camelCased,
  },
  'StepFunctions-StartSyncExecution': {
    ...states,
    operation: 'StartSyncExecution',
    required: ['StateMachineArn'],
    optional: ['Name', 'Input', 'TraceHeader'],
    wrap: camelCased,
  },
  'StepFunctions-StopExecution': {
    ...states,
    operation: 'StopExecution',
    required: ['ExecutionArn'],
    optional: ['Cause', 'Error'],
    wrap: camelCased,
  },
};

export interface SubtypeCall {
  service: string;
  operation: string;
  /** Where the call goes, unless it is the API's own region. */
  region: string | undefined;
  contentType: string;
  body: string;
}

/** @throws BadRequestException an unknown subtype, a parameter missing or unknown, no role. */
export function checkSubtype(
  name: string,
  integration: {
    RequestParameters?: Record<string, string> | undefined;
    CredentialsArn?: string | undefined;
    PayloadFormatVersion?: string | undefined;
  },
): void {
  const subtype = subtypeOf(name);
  if (!subtype) throw new BadRequestException(`Invalid IntegrationSubtype: ${name}`);
  const given = Object.keys(integration.RequestParameters ?? {});
  const missing = subtype.required.filter((parameter) => !given.includes(parameter));
  if (missing.length > 0) {
    throw new BadRequestException(`Missing required request parameters: ${missing.join(', ')}`);
  }
  const known = [...subtype.required, ...subtype.optional, 'Region'];
  const unknown = given.filter((parameter) => !known.includes(parameter));
  if (unknown.length > 0) {
    throw new BadRequestException(`Invalid request parameters for ${name}: ${unknown.join(', ')}`);
  }
  if (!integration.CredentialsArn) {
    throw new BadRequestException(`CredentialsArn is required for IntegrationSubtype ${name}`);
  }
  if (integration.PayloadFormatVersion !== '1.0') {
    throw new BadRequestException(`PayloadFormatVersion must be 1.0 for IntegrationSubtype ${name}`);
  }
}

/** @param values the request parameters, evaluated. @returns undefined when a structured one is no JSON. */
export function subtypeCall(name: string, values: Readonly<Record<string, string>>): SubtypeCall | undefined {
  const subtype = subtypeOf(name);
  if (!subtype) return undefined;
  const { Region, ...parameters } = values;
  const { service, operation } = subtype;
  const region = Region || undefined;
  const input: Record<string, unknown> = {};
  for (const [parameter, value] of Object.entries(parameters)) {
    if (value === '' && !subtype.required.includes(parameter)) continue;
    const read = subtype.structured?.includes(parameter) ? parsed(value) : value;
    if (read === undefined) return undefined;
    input[parameter] = read;
  }
  if (subtype.wire === 'query') {
    const form = new URLSearchParams({ Action: operation, Version: '2012-11-05' });
    addForm(form, input);
    const contentType = 'application/x-www-form-urlencoded';
    return { service, operation, region, contentType, body: form.toString() };
  }
  const body = JSON.stringify(subtype.wrap?.(input) ?? input);
  return { service, operation, region, contentType: 'application/x-amz-json-1.1', body };
}

function subtypeOf(name: string): Subtype | undefined {
  const plain = name.replace(/-1\.0$/, '');
  return Object.hasOwn(subtypes, plain) ? subtypes[plain] : undefined;
}

/** Step Functions writes its members with a small letter. */
function camelCased(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value ?? undefined;
  } catch {
    return undefined;
  }
}

/** Lists are `AttributeName.1`, maps `MessageAttribute.1.Name` and `.Value`, as SQS's query protocol has them. */
function addForm(form: URLSearchParams, input: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(input)) {
    const single = name.replace(/s$/, '');
    if (Array.isArray(value)) {
      for (const [at, entry] of value.entries()) form.append(`${single}.${at + 1}`, String(entry));
    } else if (typeof value === 'object' && value !== null) {
      for (const [at, [key, entry]] of Object.entries(value).entries()) {
        form.append(`${single}.${at + 1}.Name`, key);
        for (const [member, content] of Object.entries(entry as object)) {
          form.append(`${single}.${at + 1}.Value.${member}`, String(content));
        }
      }
    } else {
      form.append(name, String(value));
    }
  }
}
