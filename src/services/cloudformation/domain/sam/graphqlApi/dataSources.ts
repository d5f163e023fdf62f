import { transformConnector } from '../connector/connector.ts';
import type { SamContext } from '../context.ts';
import { assumeRolePolicy } from '../iam.ts';
import { CfnResource } from '../resource.ts';
import type { ReadResource } from '../schema.ts';
import { asMap, type Dict, getAtt, isPresent, ref, sub } from '../values.ts';
import { present } from './model.ts';

/** Data sources by the names that functions use, and everything made for them. */
export interface DataSources {
  readonly names: Map<string, unknown>;
  readonly resources: CfnResource[];
}

/** `DataSources`: tables and functions, each reached as a role of its own unless the author names one. */
export function dataSources(api: ReadResource, context: SamContext): DataSources {
  const made: DataSources = { names: new Map(), resources: [] };
  const { DynamoDb, Lambda } = asMap(api.properties.DataSources);
  for (const [name, source] of Object.entries(asMap(DynamoDb))) {
    const settings = asMap(source);
    addSource(made, api, context, name, settings, {
      suffix: 'DynamoDB',
      type: 'AMAZON_DYNAMODB',
      config: { DynamoDBConfig: tableConfig(settings) },
      connector: 'ToTableConnector',
      destination: { Type: 'AWS::DynamoDB::Table', Arn: tableArn(settings) },
      permissions: settings.Permissions ?? ['Read', 'Write'],
    });
  }
  for (const [name, source] of Object.entries(asMap(Lambda))) {
    const settings = asMap(source);
    addSource(made, api, context, name, settings, {
      suffix: 'Lambda',
      type: 'AWS_LAMBDA',
      config: { LambdaConfig: { LambdaFunctionArn: settings.FunctionArn } },
      connector: 'ToLambdaConnector',
      destination: { Type: 'AWS::Lambda::Function', Arn: settings.FunctionArn },
      permissions: ['Write'],
    });
  }
  return made;
}

interface SourceKind {
  readonly suffix: string;
  readonly type: string;
  readonly config: Dict;
  readonly connector: string;
  readonly destination: Dict;
  readonly permissions: unknown;
}

function addSource(
  made: DataSources,
  api: ReadResource,
  context: SamContext,
  name: string,
  settings: Dict,
  kind: SourceKind,
): void {
  const id = `${api.logicalId}${name}${kind.suffix}DataSource`;
  const role = isPresent(settings.ServiceRoleArn) ? undefined : sourceRole(`${id}Role`, api);
  const source = new CfnResource(
    id,
    'AWS::AppSync::DataSource',
    {
      Name: isPresent(settings.Name) ? settings.Name : name,
      Type: kind.type,
      ApiId: getAtt(api.logicalId, 'ApiId'),
      Description: settings.Description,
      ServiceRoleArn: role?.arn ?? settings.ServiceRoleArn,
      ...kind.config,
    },
    api,
  );
  made.names.set(name, getAtt(id, 'Name'));
  made.resources.push(source);
  if (!role) return;
  const properties = {
    Source: { Type: 'AWS::AppSync::DataSource', Arn: getAtt(id, 'DataSourceArn'), RoleName: role.ref },
    Destination: kind.destination,
    Permissions: kind.permissions,
  };
  made.resources.push(role, ...connect(id + kind.connector, properties, context));
}

/** A connector that no one wrote, from what is known. */
export function connect(logicalId: string, properties: Dict, context: SamContext): CfnResource[] {
  const type = 'AWS::Serverless::Connector';
  return transformConnector({ logicalId, type, properties, dependsOn: undefined, attributes: {} }, context);
}

function sourceRole(id: string, api: ReadResource): CfnResource {
  return new CfnResource(
    id,
    'AWS::IAM::Role',
    { AssumeRolePolicyDocument: assumeRolePolicy('appsync.amazonaws.com') },
    api,
  );
}

function tableConfig(settings: Dict): Dict {
  return present({
    AwsRegion: regionOf(settings),
    TableName: settings.TableName,
    UseCallerCredentials: isPresent(settings.UseCallerCredentials)
      ? settings.UseCallerCredentials
      : undefined,
    Versioned: isPresent(settings.Versioned) ? settings.Versioned : undefined,
    DeltaSyncConfig: isPresent(settings.DeltaSync) ? settings.DeltaSync : undefined,
  });
}

function regionOf(settings: Dict): unknown {
  return isPresent(settings.Region) ? settings.Region : ref('AWS::Region');
}

function tableArn(settings: Dict): unknown {
  if (isPresent(settings.TableArn)) return settings.TableArn;
  return sub('arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}', {
    __TableName__: settings.TableName,
    __Region__: regionOf(settings),
  });
}
