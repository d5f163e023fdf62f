import type { SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { assumeRolePolicy } from '../iam.ts';
import { CfnResource } from '../resource.ts';
import {
  boolean,
  literal,
  map,
  oneOf,
  passThrough,
  type ReadResource,
  type Schema,
  string,
} from '../schema.ts';
import {
  asList,
  asMap,
  type Dict,
  getAtt,
  isEmpty,
  isMap,
  isPresent,
  ref,
  sub,
  tagList,
  text,
} from '../values.ts';
import { connect, dataSources } from './dataSources.ts';
import { checkGraphQlApi, present } from './model.ts';
import { functionsAndResolvers } from './resolvers.ts';

/** AWS::Serverless::GraphQLApi. Order is the order in which SAM checks. */
export const graphqlApiSchema: Schema = {
  Name: passThrough,
  Tags: literal(map),
  XrayEnabled: passThrough,
  Auth: literal(map, true),
  SchemaInline: literal(string),
  SchemaUri: literal(string),
  Logging: literal(oneOf(map, boolean)),
  DataSources: literal(map),
  Functions: literal(map),
  Resolvers: literal(map),
  ApiKeys: literal(map),
  DomainName: literal(map),
  Cache: literal(map),
  Visibility: passThrough,
  OwnerContact: passThrough,
  IntrospectionConfig: passThrough,
  QueryDepthLimit: passThrough,
  ResolverCountLimit: passThrough,
};

const sameNames = [
  'Visibility',
  'OwnerContact',
  'IntrospectionConfig',
  'QueryDepthLimit',
  'ResolverCountLimit',
];

/** An AppSync API with its schema, keys, data sources, functions and resolvers. */
export function transformGraphqlApi(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  checkGraphQlApi(logicalId, properties);
  const auth = authentication(logicalId, asMap(properties.Auth));
  const api: Dict = {
    Name: isPresent(properties.Name) ? properties.Name : logicalId,
    XrayEnabled: properties.XrayEnabled,
    Tags: tagList({ ...asMap(properties.Tags), 'graphqlapi:createdBy': 'SAM' }),
    ...auth.properties,
  };
  for (const name of sameNames) if (isPresent(properties[name])) api[name] = properties[name];
  const make = (suffix: string, type: string, members: Dict) =>
    new CfnResource(logicalId + suffix, type, members, resource);
  const log = logging(properties.Logging, make);
  if (log.config) api.LogConfig = log.config;
  const schema = make('Schema', 'AWS::AppSync::GraphQLSchema', schemaDefinition(resource));
  const authConnectors = auth.functions.flatMap((functionArn, index) =>
    connect(
      `${logicalId}ToLambdaAuthConnector${index + 1}`,
      {
        Source: {
          Type: 'AWS::AppSync::GraphQLApi',
          Arn: ref(logicalId),
          ResourceId: getAtt(logicalId, 'ApiId'),
        },
        Destination: { Type: 'AWS::Lambda::Function', Arn: functionArn },
        Permissions: ['Write'],
      },
      context,
    ),
  );
  const sources = dataSources(resource, context);
  const domain = domainName(resource, make);
  const steps = functionsAndResolvers(resource, sources, schema.logicalId);
  return [
    make('', 'AWS::AppSync::GraphQLApi', api),
    schema,
    ...authConnectors,
    ...log.resources,
    ...apiKeys(resource, make),
    ...cache(resource, make),
    ...sources.resources,
    ...domain,
    ...steps,
  ];
}

type Make = (suffix: string, type: string, members: Dict) => CfnResource;

/** Types of authorization that need a configuration: its name in the template, and in CloudFormation. */
const configurations: Readonly<Record<string, readonly [string, string]>> = {
  AWS_LAMBDA: ['LambdaAuthorizer', 'LambdaAuthorizerConfig'],
  OPENID_CONNECT: ['OpenIDConnect', 'OpenIDConnectConfig'],
  AMAZON_COGNITO_USER_POOLS: ['UserPool', 'UserPoolConfig'],
};

function authentication(logicalId: string, auth: Dict): { properties: Dict; functions: unknown[] } {
  const { Additional, ...main } = auth;
  const functions: unknown[] = [];
  const configure = (settings: Dict, index?: number): Dict => {
    const path = index ? `Auth.Additional.${index}` : 'Auth';
    if (Object.keys(present(settings)).length > 2) {
      throw new InvalidResource(
        logicalId,
        `'${path}' has more than one authentication configuration defined.`,
      );
    }
    const result: Dict = { AuthenticationType: settings.Type };
    const [name, member] = configurations[text(settings.Type)] ?? [];
    if (!name || !member) return result;
    if (isEmpty(settings[name])) {
      throw new InvalidResource(logicalId, `'${name}' must be defined if type is '${text(settings.Type)}'.`);
    }
    const config = present(settings[name]);
    if (index !== undefined && name === 'UserPool') delete config.DefaultAction;
    if (name === 'LambdaAuthorizer') functions.push(config.AuthorizerUri);
    return { ...result, [member]: config };
  };
  const properties = configure(main);
  const additional = asList(Additional).map((settings, index) => configure(asMap(settings), index));
  if (additional.length > 0) properties.AdditionalAuthenticationProviders = additional;
  return { properties, functions };
}

/** Everything is logged, as a role made for it, unless the author says otherwise. */
function logging(value: unknown, make: Make): { config?: Dict; resources: CfnResource[] } {
  if (value === false) return { resources: [] };
  const settings = isMap(value) ? value : {};
  const role = isPresent(settings.CloudWatchLogsRoleArn)
    ? undefined
    : make('CloudWatchRole', 'AWS::IAM::Role', {
        AssumeRolePolicyDocument: assumeRolePolicy('appsync.amazonaws.com'),
        ManagedPolicyArns: [
          sub('arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs'),
        ],
      });
  const config: Dict = {
    FieldLogLevel: isPresent(settings.FieldLogLevel) ? settings.FieldLogLevel : 'ALL',
    CloudWatchLogsRoleArn: role?.arn ?? settings.CloudWatchLogsRoleArn,
  };
  if (isPresent(settings.ExcludeVerboseContent))
    config.ExcludeVerboseContent = settings.ExcludeVerboseContent;
  return { config, resources: role ? [role] : [] };
}

function schemaDefinition({ logicalId, properties }: ReadResource): Dict {
  const { SchemaInline, SchemaUri } = properties;
  if (isEmpty(SchemaInline) && isEmpty(SchemaUri)) {
    throw new InvalidResource(logicalId, "One of 'SchemaInline' or 'SchemaUri' must be set.");
  }
  if (isPresent(SchemaInline) && isPresent(SchemaUri)) {
    throw new InvalidResource(
      logicalId,
      "Both 'SchemaInline' and 'SchemaUri' cannot be defined at the same time.",
    );
  }
  return { ApiId: getAtt(logicalId, 'ApiId'), Definition: SchemaInline, DefinitionS3Location: SchemaUri };
}

function apiKeys({ logicalId, properties }: ReadResource, make: Make): CfnResource[] {
  return Object.entries(asMap(properties.ApiKeys)).map(([name, settings]) => {
    const { ApiKeyId, Description, ExpiresOn } = asMap(settings);
    const members = { ApiId: getAtt(logicalId, 'ApiId'), ApiKeyId, Description, Expires: ExpiresOn };
    return make(name, 'AWS::AppSync::ApiKey', members);
  });
}

function cache({ logicalId, properties }: ReadResource, make: Make): CfnResource[] {
  if (isEmpty(properties.Cache)) return [];
  return [
    make('ApiCache', 'AWS::AppSync::ApiCache', {
      ApiId: getAtt(logicalId, 'ApiId'),
      ...asMap(properties.Cache),
    }),
  ];
}

function domainName({ logicalId, properties }: ReadResource, make: Make): CfnResource[] {
  if (isEmpty(properties.DomainName)) return [];
  const domain = make('DomainName', 'AWS::AppSync::DomainName', asMap(properties.DomainName));
  const association = make('DomainNameApiAssociation', 'AWS::AppSync::DomainNameApiAssociation', {
    ApiId: getAtt(logicalId, 'ApiId'),
    DomainName: domain.ref,
  });
  return [domain, association];
}
