import { conditionsOf, type SamContext } from './context.ts';
import { InvalidResource } from './errors.ts';
import {
  type InlinePolicy,
  invokeFunctionPolicy,
  publishPolicy,
  putEventsPolicy,
  putObjectPolicy,
  sendMessagePolicy,
} from './iam.ts';
import { pythonText, resolveParameters } from './intrinsics.ts';
import { hashedId } from './logicalIds.ts';
import { CfnResource, inheritedAttributes } from './resource.ts';
import type { ReadResource } from './schema.ts';
import {
  asMap,
  conditional,
  type Dict,
  ifBranches,
  isIf,
  isMap,
  isNoValue,
  isPresent,
  text,
} from './values.ts';

type Grant = (destination: unknown, logicalId: string) => InlinePolicy;

/** Destinations of asynchronous invocations, and what the function's role needs to reach them. */
const destinations: Readonly<Record<string, { grant: Grant; made?: 'AWS::SQS::Queue' | 'AWS::SNS::Topic' }>> =
  {
    SQS: { grant: sendMessagePolicy, made: 'AWS::SQS::Queue' },
    SNS: { grant: publishPolicy, made: 'AWS::SNS::Topic' },
    EventBridge: { grant: putEventsPolicy },
    Lambda: { grant: invokeFunctionPolicy },
    S3Bucket: { grant: putObjectPolicy },
  };

interface Outcome {
  readonly resources: CfnResource[];
  readonly policies: InlinePolicy[];
}

/** `EventInvokeConfig`; queues and topics that the author left out are made. */
export function eventInvokeConfig(
  resource: ReadResource,
  alias: CfnResource | undefined,
  context: SamContext,
): Outcome {
  const { logicalId, properties } = resource;
  const config = asMap(resolveParameters(properties.EventInvokeConfig, context.parameters));
  const configId = `${logicalId}EventInvokeConfig`;
  const outcome: Outcome = { resources: [], policies: [] };
  const destinationConfig: Dict = {};
  if (isPresent(config.DestinationConfig)) {
    if (!isMap(config.DestinationConfig)) {
      throw new InvalidResource(logicalId, "Property 'EventInvokeConfig.DestinationConfig' should be a map.");
    }
    for (const event of ['OnSuccess', 'OnFailure']) {
      const target = config.DestinationConfig[event];
      if (target === undefined || target === null) continue;
      if (!isMap(target)) {
        throw new InvalidResource(
          logicalId,
          `Property 'EventInvokeConfig.DestinationConfig.${event}' should be a map.`,
        );
      }
      destinationConfig[event] = {
        Destination: destination(resource, target, configId, event, outcome, context),
      };
    }
  }
  outcome.resources.push(
    new CfnResource(
      configId,
      'AWS::Lambda::EventInvokeConfig',
      {
        FunctionName: { Ref: logicalId },
        Qualifier: alias ? alias.properties.Name : '$LATEST',
        DestinationConfig: destinationConfig,
        MaximumEventAgeInSeconds: config.MaximumEventAgeInSeconds,
        MaximumRetryAttempts: config.MaximumRetryAttempts,
      },
      { attributes: resource.attributes, dependsOn: alias ? [alias.logicalId] : undefined },
    ),
  );
  return outcome;
}

function destination(
  resource: ReadResource,
  target: Dict,
  configId: string,
  event: string,
  outcome: Outcome,
  context: SamContext,
): unknown {
  const kind = destinations[text(target.Type)];
  if (!kind) {
    throw new InvalidResource(
      resource.logicalId,
      `'Type: ${pythonText(target.Type)}' must be one of ${pythonText(Object.keys(destinations))}`,
    );
  }
  const policyId = configId + event;
  const grant = (to: unknown) => outcome.policies.push(kind.grant(to, policyId));
  const [condition, given] = missingUnder(target.Destination, configId, context);
  if (target.Destination !== undefined && condition === undefined) {
    grant(target.Destination);
    return target.Destination;
  }
  if (!kind.made) {
    throw new InvalidResource(resource.logicalId, "Destination is required if Type is not ['SQS', 'SNS']");
  }
  const attributes = inheritedAttributes(resource.attributes);
  const both = bothConditions(attributes.Condition, condition, resource.logicalId, context);
  if (both !== undefined) attributes.Condition = both;
  const suffix = kind.made === 'AWS::SQS::Queue' ? 'Queue' : 'Topic';
  const made = new CfnResource(policyId + suffix, kind.made, {}, { attributes });
  outcome.resources.push(made);
  const result = condition === undefined ? made.arn : conditional(condition, made.arn, given);
  grant(result);
  return result;
}

/** The condition under which a destination is left out, and the destination otherwise. */
function missingUnder(value: unknown, configId: string, context: SamContext): [string | undefined, unknown] {
  if (!isIf(value)) return [undefined, undefined];
  const branches = ifBranches(value);
  if (!branches) {
    throw new InvalidResource(configId, "Malformed 'Destination' property: Fn::If requires 3 arguments.");
  }
  const [name, whenTrue, otherwise] = branches;
  const condition = text(name);
  if (isNoValue(whenTrue) && isNoValue(otherwise)) return [undefined, undefined];
  if (isNoValue(whenTrue)) return [condition, otherwise];
  if (!isNoValue(otherwise)) return [undefined, undefined];
  const negated = hashedId(`NOT${condition}`, configId);
  conditionsOf(context)[negated] = { 'Fn::Not': [{ Condition: condition }] };
  return [negated, whenTrue];
}

function bothConditions(
  own: unknown,
  missing: string | undefined,
  logicalId: string,
  context: SamContext,
): unknown {
  if (own === undefined || own === null) return missing;
  if (missing === undefined) return own;
  const name = hashedId(`${text(own)}AND${missing}`, logicalId);
  const conditions = [own, missing].map((Condition) => ({ Condition: { Condition } }));
  conditionsOf(context)[name] = { 'Fn::And': conditions };
  return name;
}
