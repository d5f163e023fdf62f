import { createHash } from 'node:crypto';
import { AwsError, parseArn } from '../../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceState, ResourceType } from '../../../platform/index.ts';
import { isRecord } from '../domain/template/references.ts';
import { limits } from '../limits.ts';
import type { CallbackResponse } from '../records.ts';
import type { OwnResources } from './own.ts';

export function isCustom(name: string): boolean {
  return name === 'AWS::CloudFormation::CustomResource' || name.startsWith('Custom::');
}

/**
 * A resource that a function (or whoever listens to a topic) makes: it gets a request with a URL, and answers there.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 */
export function customResource(name: string, own: OwnResources): ResourceType {
  return {
    name,
    // Everything but the token is the function's business.
    properties: {
      ServiceToken: { type: 'string', required: true, createOnly: true },
      ServiceTimeout: { type: 'number' },
    },
    additionalProperties: true,
    attributes: ['*'],
    create: async (ctx, properties) => {
      const response = await request(own, ctx, name, 'Create', properties, {});
      return stateOf(response, ctx.generateName(64));
    },
    update: async (ctx, current, properties, previous) => {
      const response = await request(own, ctx, name, 'Update', properties, {
        PhysicalResourceId: current.physicalId,
        OldResourceProperties: asTexts(previous),
      });
      return stateOf(response, current.physicalId);
    },
    delete: async (ctx, current, properties) => {
      await request(own, ctx, name, 'Delete', properties, { PhysicalResourceId: current.physicalId });
    },
  };
}

function stateOf({ PhysicalResourceId, Data }: CallbackResponse, otherwise: string): ResourceState {
  return { physicalId: PhysicalResourceId ?? otherwise, attributes: isRecord(Data) ? flattened(Data) : {} };
}

/** `Fn::GetAtt` reaches into nested answers by dots. */
function flattened(data: Record<string, unknown>, prefix = ''): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) {
    found[prefix + name] = value;
    if (isRecord(value)) Object.assign(found, flattened(value, `${prefix}${name}.`));
  }
  return found;
}

/** Sends the request, once however often the step is run, and waits for the answer. */
async function request(
  { store, endpoint, clock }: OwnResources,
  ctx: ResourceContext,
  type: string,
  RequestType: 'Create' | 'Update' | 'Delete',
  properties: Properties,
  more: object,
): Promise<CallbackResponse> {
  // Nobody but who was asked knows where to answer.
  const requestId = createHash('sha256')
    .update(`${ctx.stackId}/${ctx.token}/${RequestType}`)
    .digest('hex')
    .slice(0, 32);
  const known = await store.callback(requestId);
  let secret = known?.secret;
  if (secret === undefined) {
    secret = ctx.ids.token(40);
    await store.putCallback(requestId, { secret, sentAt: clock.now() });
    await send(ctx, String(properties.ServiceToken), {
      RequestType,
      RequestId: requestId,
      ResponseURL: `${endpoint}/_aws/cloudformation-response/${requestId}/${secret}`,
      ResourceType: type,
      LogicalResourceId: ctx.logicalId,
      StackId: ctx.stackId,
      ServiceToken: properties.ServiceToken,
      ResourceProperties: asTexts(properties),
      ...more,
    });
  }
  const seconds = Number(properties.ServiceTimeout ?? limits.customResourceSecondsMax);
  const deadline = (known?.sentAt ?? clock.now()) + seconds * 1000;
  const response = await store.untilCallback(requestId, clock, deadline, ctx.signal);
  await store.deleteCallback(requestId);
  if (!response) {
    throw new AwsError(
      'ValidationError',
      `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}].`,
    );
  }
  if (response.Status !== 'SUCCESS') {
    throw new AwsError(
      'ValidationError',
      `Received response status [FAILED] from custom resource. Message returned: ${response.Reason ?? ''} (RequestId: ${requestId})`,
    );
  }
  return response;
}

async function send(ctx: ResourceContext, serviceToken: string, event: object): Promise<void> {
  const arn = parseArn(serviceToken);
  if (arn?.service === 'sns') {
    await ctx.aws.call('sns', 'Publish', {
      TopicArn: serviceToken,
      Subject: 'AWS CloudFormation custom resource request',
      Message: JSON.stringify(event),
    });
    return;
  }
  if (arn?.service !== 'lambda') {
    throw new AwsError(
      'ValidationError',
      `Invalid service token. ${serviceToken} is neither a function nor a topic`,
    );
  }
  await ctx.aws.call('lambda', 'Invoke', {
    FunctionName: serviceToken,
    InvocationType: 'Event',
    Payload: new TextEncoder().encode(JSON.stringify(event)),
  });
}

/** Numbers and booleans reach the function as texts, as CloudFormation sends them. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asTexts(inner)]));
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}
