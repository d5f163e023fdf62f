import { InvalidEvent } from '../errors.ts';
import { addAuthToSwagger, linkRestApi } from '../events/api.ts';
import { deadLetterQueue } from '../events/deadLetter.ts';
import type { EventSource, EventTarget, LinkedEvent } from '../events/eventSource.ts';
import { ruleSchema, ruleState, ruleTarget, scheduleSchema } from '../events/rule.ts';
import { scheduleV2Event } from '../events/scheduleV2.ts';
import { assumeRolePolicy, startExecutionPolicy } from '../iam.ts';
import { SwaggerDocument } from '../openapi/swagger.ts';
import { py, str } from '../python/py27.ts';
import { CfnResource } from '../resource.ts';
import { boolean, literal, map, optional, required, type Schema, string } from '../schema.ts';
import { type Dict, getAtt, isPresent, sub, text } from '../values.ts';

const { RuleName: _ruleName, ...scheduleOnly } = scheduleSchema;
const { Enabled: _enabled, ...ruleOnly } = ruleSchema;

const scheduleEvent: EventSource = {
  schema: { ...scheduleOnly, Target: literal(map), RoleArn: literal(string) },
  transform: (event, to) => {
    const { Schedule, Name, Description, RoleArn } = event.properties;
    const role = RoleArn === undefined ? startRole(event, to, 'events.amazonaws.com') : undefined;
    const rule = { ScheduleExpression: Schedule, State: ruleState(event), Name, Description };
    return startRule(event, to, rule, role, RoleArn);
  },
};

const ruleEvent: EventSource = {
  schema: { ...ruleOnly, Target: literal(map) },
  transform: (event, to) => {
    const { EventBusName, Pattern, RuleName } = event.properties;
    const rule = { EventBusName, EventPattern: Pattern, Name: RuleName, State: ruleState(event) };
    return startRule(event, to, rule, startRole(event, to, 'events.amazonaws.com'), undefined);
  },
};

/** A rule that starts an execution, as a role of its own. */
function startRule(
  event: LinkedEvent,
  to: EventTarget,
  properties: Dict,
  role: CfnResource | undefined,
  roleArn: unknown,
): CfnResource[] {
  const attributes = to.target.inherited;
  const queue = deadLetterQueue(event, attributes, getAtt(event.logicalId, 'Arn'));
  const target = ruleTarget(event, to.target.arn, 'StepFunctionsTarget', queue.arn);
  target.RoleArn = role?.arn ?? roleArn;
  const rule = new CfnResource(
    event.logicalId,
    'AWS::Events::Rule',
    { ...properties, Targets: [target] },
    { attributes },
  );
  return [rule, ...(role ? [role] : []), ...queue.resources];
}

/** The role as which a service starts executions. */
function startRole(event: LinkedEvent, to: EventTarget, service: string): CfnResource {
  const roleId = `${event.logicalId}Role`;
  const boundary = to.permissionsBoundary;
  return new CfnResource(
    roleId,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: assumeRolePolicy(service),
      Policies: [startExecutionPolicy(to.target.arn, roleId)],
      PermissionsBoundary: isPresent(boundary) ? boundary : undefined,
    },
    { attributes: to.target.inherited },
  );
}

const apiSchema: Schema = {
  Path: required(string),
  Method: required(string),
  RestApiId: required(string),
  Stage: optional(string),
  Auth: optional(map),
  UnescapeMappingTemplate: literal(boolean),
};

const apiEvent: EventSource = {
  schema: apiSchema,
  link: (event, context) => linkRestApi(event.id, event.properties.RestApiId, context),
  transform: (event, to) => {
    const role = startRole(event, to, 'apigateway.amazonaws.com');
    const api = event.link.api as Dict;
    if (isPresent(api.__MANAGE_SWAGGER)) addIntegration(event, api, to, role);
    return [role];
  },
};

function addIntegration(event: LinkedEvent, api: Dict, to: EventTarget, role: CfnResource): void {
  if (api.DefinitionBody === undefined || api.DefinitionBody === null) return;
  const path = text(event.properties.Path);
  const method = text(event.properties.Method).toLowerCase();
  const document = new SwaggerDocument(api.DefinitionBody);
  if (document.hasIntegration(path, method)) {
    throw new InvalidEvent(event.id, `API method "${method}" defined multiple times for path "${path}".`);
  }
  document.addStateMachineIntegration(path, method, {
    uri: py(sub(str('arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution'))),
    condition: to.target.attributes.Condition,
    credentials: py({ 'Fn::GetAtt': [str(role.logicalId), str('Arn')] }),
    requestTemplates: py({ 'application/json': py(sub(str(requestTemplate(event, to)))) }),
  });
  // The stage is known to functions only: SAM leaves it out of a state machine's resource policy.
  const known = { ...event, link: { ...event.link, stage: event.properties.Stage ?? null } };
  if (isPresent(event.properties.Auth)) addAuthToSwagger(known, api, document, to.context);
  api.DefinitionBody = document.swagger;
}

function requestTemplate(event: LinkedEvent, to: EventTarget): string {
  const machine = `"stateMachineArn": "\${${to.target.logicalId}}"}`;
  const input = "$util.escapeJavaScript($input.json('$'))";
  return isPresent(event.properties.UnescapeMappingTemplate)
    ? `{"input": "${input}.replaceAll("\\\\'","'")", ${machine}`
    : `{"input": "${input}", ${machine}`;
}

/** The event types of AWS::Serverless::StateMachine. */
export const stateMachineEvents: Readonly<Record<string, EventSource>> = {
  Api: apiEvent,
  CloudWatchEvent: ruleEvent,
  EventBridgeRule: ruleEvent,
  Schedule: scheduleEvent,
  ScheduleV2: scheduleV2Event,
};
