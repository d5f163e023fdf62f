import type { SamContext } from '../context.ts';
import {
  asList,
  asMap,
  type Dict,
  getAtt,
  isEmpty,
  isMap,
  isPresent,
  isText,
  ref,
  referencedId,
  sameValue,
  text,
} from '../values.ts';

/** One end of a connector, as far as it is known. */
export interface Endpoint {
  readonly logicalId: string | undefined;
  readonly type: string;
  readonly arn: unknown;
  readonly roleName: unknown;
  readonly queueUrl: unknown;
  readonly resourceId: unknown;
  readonly name: unknown;
  readonly qualifier: unknown;
}

/** Something about an end of a connector that its author must mend. */
export class EndpointError extends Error {}

const cloudFormationTypes: Readonly<Record<string, string>> = {
  'AWS::Serverless::Function': 'AWS::Lambda::Function',
  'AWS::Serverless::StateMachine': 'AWS::StepFunctions::StateMachine',
  'AWS::Serverless::Api': 'AWS::ApiGateway::RestApi',
  'AWS::Serverless::HttpApi': 'AWS::ApiGatewayV2::Api',
  'AWS::Serverless::SimpleTable': 'AWS::DynamoDB::Table',
};

interface Attributes {
  readonly arn: (id: string) => unknown;
  readonly role?: string;
  readonly name?: (id: string) => unknown;
  readonly url?: (id: string) => unknown;
  readonly id?: (id: string) => unknown;
  readonly qualifier?: string;
}

const arnOf = (id: string): unknown => getAtt(id, 'Arn');

/** What each type says of itself, and the property that names its role. */
const attributesOf: Readonly<Record<string, Attributes>> = {
  'AWS::Lambda::Function': { arn: arnOf, role: 'Role' },
  'AWS::StepFunctions::StateMachine': { arn: ref, role: 'RoleArn', name: (id) => getAtt(id, 'Name') },
  'AWS::AppSync::GraphQLApi': { arn: ref, id: (id) => getAtt(id, 'ApiId') },
  'AWS::AppSync::DataSource': { arn: ref, role: 'ServiceRoleArn' },
  'AWS::Events::Rule': { arn: arnOf, role: 'Targets' },
  'AWS::SQS::Queue': { arn: arnOf, url: ref },
  'AWS::SNS::Topic': { arn: ref },
  'AWS::DynamoDB::Table': { arn: arnOf },
  'AWS::S3::Bucket': { arn: arnOf },
  'AWS::Location::PlaceIndex': { arn: arnOf },
  'AWS::ApiGatewayV2::Api': { arn: arnOf, id: ref, qualifier: '*' },
  'AWS::ApiGateway::RestApi': { arn: arnOf, id: ref, qualifier: '*' },
  'AWS::Events::EventBus': { arn: arnOf },
};

/** Finds one end by its `Id`, or takes what its author says of it. `other` is the end it connects to. */
export function findEndpoint(given: Dict, other: Dict, context: SamContext): Endpoint {
  const others = Object.keys(given).filter((key) => key !== 'Id' && key !== 'Qualifier');
  if ('Id' in given === others.length > 0) {
    throw new EndpointError(
      "Must provide 'Id' (with optional 'Qualifier') or a supported combination of other properties.",
    );
  }
  if (isEmpty(given.Id)) return describedEndpoint(given);
  if (!isText(given.Id)) throw new EndpointError("'Id' is missing or not a string.");
  const logicalId = text(given.Id);
  const resource = asMap(context.output.Resources)[logicalId];
  if (!isMap(resource) || isEmpty(resource)) {
    throw new EndpointError(`Unable to find resource with logical ID '${logicalId}'.`);
  }
  const type = requireType(resource.Type);
  const known = attributesOf[type];
  return {
    logicalId,
    type,
    arn: known?.arn(logicalId),
    roleName: known?.role ? roleName(known.role, asMap(resource.Properties), other) : undefined,
    queueUrl: known?.url?.(logicalId),
    resourceId: known?.id?.(logicalId),
    name: known?.name?.(logicalId),
    qualifier: 'Qualifier' in given ? given.Qualifier : known?.qualifier,
  };
}

function describedEndpoint(given: Dict): Endpoint {
  const type = requireType(given.Type);
  return {
    logicalId: undefined,
    type: cloudFormationTypes[type] ?? type,
    arn: given.Arn,
    roleName: given.RoleName,
    queueUrl: given.QueueUrl,
    resourceId: given.ResourceId,
    name: given.Name,
    qualifier: given.Qualifier,
  };
}

function requireType(type: unknown): string {
  if (!isText(type) || isEmpty(type)) throw new EndpointError("'Type' is missing or not a string.");
  return text(type);
}

/** The name of a role that the template itself makes; a rule has one per target. */
function roleName(property: string, properties: Dict, other: Dict): unknown {
  const role = property === 'Targets' ? targetRole(properties, other) : properties[property];
  const roleId = isPresent(role) ? referencedId(role) : undefined;
  return roleId === undefined ? undefined : ref(roleId);
}

function targetRole(properties: Dict, other: Dict): unknown {
  const target = asList(properties.Targets)
    .map(asMap)
    .find(({ Arn }) => {
      const targetId = referencedId(Arn);
      const isSameId = targetId !== undefined && isText(other.Id) && targetId === text(other.Id);
      return isSameId || (isPresent(other.Arn) && sameValue(Arn, other.Arn));
    });
  return target?.RoleArn;
}
