import { apiReferences, apiSchema, transformApi } from './api/restApi.ts';
import { SharedUsagePlan } from './api/usagePlan.ts';
import { applicationSchema, checkLocation, transformApplication } from './application.ts';
import { capacityProviderSchema, transformCapacityProvider } from './capacityProvider.ts';
import { connectorSchema, transformConnector } from './connector/connector.ts';
import { liftConnectors } from './connector/embedded.ts';
import type { SamContext } from './context.ts';
import { DeploymentPreferences } from './deploymentPreferences.ts';
import {
  DuplicateLogicalId,
  InvalidResource,
  refuseDocument,
  SamError,
  SamTransformError,
} from './errors.ts';
import { functionReferences, functionSchema, transformFunction } from './function.ts';
import { applyGlobals } from './globals.ts';
import { graphqlApiSchema, transformGraphqlApi } from './graphqlApi/graphqlApi.ts';
import { httpApiReferences, httpApiSchema, transformHttpApi } from './httpApi/httpApi.ts';
import { transformWebSocketApi, webSocketApiSchema } from './httpApi/webSocketApi.ts';
import { addImplicitApi } from './implicitApi.ts';
import { implicitHttpApi } from './implicitHttpApi.ts';
import { implicitRestApi } from './implicitRestApi.ts';
import { renameDependencies, resolveParameters, resolveReferences, resolveRenamed } from './intrinsics.ts';
import { layerVersionSchema, transformLayerVersion } from './layerVersion.ts';
import { openApiSkeleton } from './openapi/httpOpenApi.ts';
import { swaggerSkeleton } from './openapi/swaggerParts.ts';
import { partitionOf } from './partition.ts';
import { expandPolicyTemplates } from './policies.ts';
import { deepCopy, entriesOf, markKeys, markTemplate } from './python/py27.ts';
import { pythonRepr } from './python/repr.ts';
import type { CfnResource } from './resource.ts';
import { samResources } from './samTypes.ts';
import { type ReadResource, readResource, type Schema } from './schema.ts';
import { simpleTableSchema, transformSimpleTable } from './simpleTable.ts';
import { stateMachineSchema, transformStateMachine } from './stateMachine/stateMachine.ts';
import { asMap, type Dict, isEmpty, isMap, isPresent, isText, text } from './values.ts';

export interface SamOptions {
  readonly region: string;
  /** The partition of the region by default. */
  readonly partition?: string;
  /** Values of the template's parameters, as far as they are known; defaults are taken from the template. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Managed policies by name, before those that AWS publishes. */
  readonly managedPolicies?: Readonly<Record<string, string>>;
  /** Where the template of an application of the Serverless Application Repository lies; without it there is none. */
  readonly applicationTemplateUrl?: (applicationId: string, semanticVersion: string) => string;
  /** Milliseconds since 1970; asked for by `AlwaysDeploy` only. */
  readonly now?: () => number;
}

const samTransform = 'AWS::Serverless-2016-10-31';

/** How one type of SAM resource becomes CloudFormation. */
interface Transformer {
  readonly schema: Schema;
  readonly transform: (resource: ReadResource, context: SamContext) => CfnResource[];
  readonly references?: Readonly<Record<string, string>>;
  /** The types of generated resources that may bear an id that the template has already. */
  readonly order: number;
}

const transformers: Readonly<Record<string, Transformer>> = {
  'AWS::Serverless::Function': {
    schema: functionSchema,
    transform: transformFunction,
    references: functionReferences,
    order: 0,
  },
  'AWS::Serverless::Api': { schema: apiSchema, transform: transformApi, references: apiReferences, order: 2 },
  'AWS::Serverless::HttpApi': {
    schema: httpApiSchema,
    transform: transformHttpApi,
    references: httpApiReferences,
    order: 2,
  },
  'AWS::Serverless::StateMachine': { schema: stateMachineSchema, transform: transformStateMachine, order: 1 },
  'AWS::Serverless::Connector': { schema: connectorSchema, transform: transformConnector, order: 4 },
  'AWS::Serverless::WebSocketApi': {
    schema: webSocketApiSchema,
    transform: transformWebSocketApi,
    references: httpApiReferences,
    order: 2,
  },
  'AWS::Serverless::CapacityProvider': {
    schema: capacityProviderSchema,
    transform: transformCapacityProvider,
    order: 3,
  },
  'AWS::Serverless::GraphQLApi': { schema: graphqlApiSchema, transform: transformGraphqlApi, order: 3 },
  'AWS::Serverless::LayerVersion': { schema: layerVersionSchema, transform: transformLayerVersion, order: 3 },
  'AWS::Serverless::Application': { schema: applicationSchema, transform: transformApplication, order: 3 },
  'AWS::Serverless::SimpleTable': { schema: simpleTableSchema, transform: transformSimpleTable, order: 3 },
};

/** Generated types, and the type in the template whose id they may take over. */
const sameId: Readonly<Record<string, readonly string[]>> = {
  'AWS::Lambda::Function': ['AWS::Serverless::Function'],
  'AWS::Lambda::WebFunction': ['AWS::Serverless::WebFunction'],
  'AWS::Lambda::LayerVersion': ['AWS::Serverless::LayerVersion'],
  'AWS::Lambda::CapacityProvider': ['AWS::Serverless::CapacityProvider'],
  'AWS::ApiGateway::RestApi': ['AWS::Serverless::Api'],
  'AWS::ApiGatewayV2::Api': ['AWS::Serverless::HttpApi', 'AWS::Serverless::WebSocketApi'],
  'AWS::S3::Bucket': ['AWS::S3::Bucket'],
  'AWS::SNS::Topic': ['AWS::SNS::Topic'],
  'AWS::DynamoDB::Table': ['AWS::Serverless::SimpleTable'],
  'AWS::CloudFormation::Stack': ['AWS::Serverless::Application'],
  'AWS::Cognito::UserPool': ['AWS::Cognito::UserPool'],
  'AWS::ApiGateway::DomainName': ['AWS::ApiGateway::DomainName'],
  'AWS::ApiGateway::BasePathMapping': ['AWS::ApiGateway::BasePathMapping'],
  'AWS::ApiGateway::DomainNameV2': ['AWS::ApiGateway::DomainNameV2'],
  'AWS::ApiGateway::BasePathMappingV2': ['AWS::ApiGateway::BasePathMappingV2'],
  'AWS::StepFunctions::StateMachine': ['AWS::Serverless::StateMachine'],
  'AWS::AppSync::GraphQLApi': ['AWS::Serverless::GraphQLApi'],
};

/**
 * The AWS::Serverless-2016-10-31 transform: a SAM template in, a CloudFormation template out. The input isn't
 * changed. Throws {@link SamTransformError} with everything that is wrong, in AWS SAM's words.
 *
 * @see https://github.com/aws/serverless-application-model/blob/master/versions/2016-10-31.md
 */
export function transformSam(template: Dict, options: SamOptions): { template: Dict } {
  const source = structuredClone(template);
  checkStructure(source);
  const partition = options.partition ?? partitionOf(options.region);
  markPython(source);
  const parameters = knownParameters(source, options, partition);
  addDefinitionBodies(source);
  addImplicitApi(source, implicitRestApi);
  addImplicitApi(source, implicitHttpApi);
  applyGlobals(source);
  const errors: SamError[] = liftConnectors(source);
  const output = deepCopy(source);
  const context = contextOf(source, output, parameters, partition, options);
  const references = new Map<string, Map<string, string>>();
  const renamed = new Map<string, string>();
  for (const [logicalId, resource, transformer] of inOrder(context.resources)) {
    collecting(errors, () => {
      const generated = transformResource(logicalId, resource, transformer, context);
      references.set(logicalId, referencesOf(generated, transformer));
      const [first] = generated;
      if (first?.type === 'AWS::Lambda::LayerVersion') renamed.set(logicalId, first.logicalId);
      delete (output.Resources as Dict)[logicalId];
      errors.push(...place(generated, logicalId, context));
    });
  }
  finishDeployments(context, errors);
  dropTransform(output);
  if (errors.length > 0) throw new SamTransformError(errors);
  renameDependencies(output, renamed);
  resolveRenamed(output, renamed);
  return { template: plain(resolveReferences(output, references)) };
}

function checkStructure(template: Dict): void {
  const resources = template.Resources;
  if (!isMap(resources) || isEmpty(resources)) refuseDocument("'Resources' section is required");
  if (!Object.values(resources).every(isMap)) {
    refuseDocument(
      "All 'Resources' must be Objects. If you're using YAML, this may be an indentation issue.",
    );
  }
  for (const [logicalId, resource] of samResources(template)) {
    if ('Properties' in resource && !isMap(resource.Properties)) {
      throw new SamTransformError([
        new InvalidResource(logicalId, "Attribute 'Properties' should be a map."),
      ]);
    }
  }
}

/** Marks what can reach the hash of a deployment, see python/py27.ts. */
function markPython(template: Dict): void {
  const globals = template.Globals;
  if (isMap(globals)) markTemplate(globals.Api);
  if (isMap(template.Parameters)) {
    for (const parameter of Object.values(template.Parameters))
      if (isMap(parameter)) markTemplate(parameter.Default);
  }
  for (const resource of Object.values(asMap(template.Resources))) {
    const { Type, Properties: properties } = asMap(resource);
    if (!isMap(properties)) continue;
    const type = text(Type);
    if (type === 'AWS::Serverless::Api' || type === 'AWS::Serverless::HttpApi') markTemplate(properties);
    else if (type === 'AWS::Serverless::Function' || type === 'AWS::Serverless::StateMachine') {
      markTemplate(properties.FunctionName);
      markTemplate(properties.Events);
    }
  }
  markKeys(asMap(template.Resources));
}

function knownParameters(template: Dict, options: SamOptions, partition: string): Dict {
  const known: Dict = { ...options.parameters };
  markTemplate(Object.values(known));
  for (const [name, definition] of entriesOf(asMap(template.Parameters))) {
    if (!(name in known) && isMap(definition) && 'Default' in definition) known[name] = definition.Default;
  }
  known['AWS::Region'] ??= options.region;
  known['AWS::Partition'] ??= partition;
  return known;
}

/** An API without a definition gets an empty one, which events then fill. */
function addDefinitionBodies(template: Dict): void {
  for (const [, api] of samResources(template, 'AWS::Serverless::Api', 'AWS::Serverless::HttpApi')) {
    api.Properties ??= {};
    const properties = api.Properties as Dict;
    if (isPresent(properties.DefinitionBody) || isPresent(properties.DefinitionUri)) continue;
    properties.DefinitionBody =
      text(api.Type) === 'AWS::Serverless::Api' ? swaggerSkeleton() : openApiSkeleton();
    properties.__MANAGE_SWAGGER = true;
  }
}

function contextOf(
  source: Dict,
  output: Dict,
  parameters: Dict,
  partition: string,
  options: SamOptions,
): SamContext {
  const mappings = 'Mappings' in output ? output.Mappings : {};
  if (!isMap(mappings))
    refuseDocument("'Mappings' or 'Parameters' is either null or not a valid dictionary.");
  return {
    region: options.region,
    partition,
    source,
    resources: source.Resources as Dict,
    output,
    parameters,
    mappings,
    managedPolicies: options.managedPolicies ?? {},
    deploymentPreferences: new DeploymentPreferences(partition),
    sharedUsagePlan: new SharedUsagePlan(),
    recordSetGroups: new Map(),
    functionNames: new Map(),
    applicationTemplateUrl: options.applicationTemplateUrl,
    now: options.now ?? noClock,
  };
}

function noClock(): never {
  throw new Error('AlwaysDeploy needs the time: give transformSam the option `now`');
}

/** Functions first, because their events write into the APIs that follow. */
function inOrder(resources: Dict): [string, Dict, Transformer][] {
  const all = entriesOf(resources).flatMap(([logicalId, resource]): [string, Dict, Transformer][] => {
    const type = isMap(resource) && isText(resource.Type) ? text(resource.Type) : '';
    const transformer = Object.hasOwn(transformers, type) ? transformers[type] : undefined;
    return transformer ? [[logicalId, resource as Dict, transformer]] : [];
  });
  return all.sort(([, , left], [, , right]) => left.order - right.order);
}

function transformResource(
  logicalId: string,
  resource: Dict,
  transformer: Transformer,
  context: SamContext,
): CfnResource[] {
  const type = text(resource.Type);
  if (type === 'AWS::Serverless::Function' || type === 'AWS::Serverless::StateMachine') {
    if (isMap(resource.Properties)) expandPolicyTemplates(logicalId, resource.Properties, context);
  }
  if (type === 'AWS::Serverless::Application') checkLocation(logicalId, resource);
  const read = readResource(logicalId, type, resource, transformer.schema);
  if (type === 'AWS::Serverless::Function') rememberName(read, context);
  return transformer.transform(read, context);
}

/** A named function behind an API makes a new deployment when its name changes. */
function rememberName({ properties }: ReadResource, context: SamContext): void {
  for (const [, event] of entriesOf(asMap(properties.Events))) {
    const { Type, Properties } = asMap(event);
    const apiId = asMap(Properties).RestApiId;
    if (text(Type) !== 'Api' || isEmpty(apiId)) continue;
    const api = isMap(apiId) && 'Ref' in apiId ? apiId.Ref : apiId;
    if (!isText(api)) continue;
    const name = resolveParameters(deepCopy(properties.FunctionName), context.parameters);
    if (isEmpty(name)) continue;
    const known = context.functionNames.get(text(api)) ?? '';
    context.functionNames.set(text(api), known + (isText(name) ? text(name) : pythonRepr(name)));
  }
}

function referencesOf(generated: readonly CfnResource[], transformer: Transformer): Map<string, string> {
  const byType = new Map(generated.map((resource) => [resource.type, resource.logicalId]));
  const references = new Map<string, string>();
  for (const [name, type] of Object.entries(transformer.references ?? {})) {
    const id = byType.get(type);
    if (id !== undefined) references.set(name, id);
  }
  return references;
}

/** Puts the generated resources into the output; an id that is taken is an error. */
function place(generated: readonly CfnResource[], logicalId: string, context: SamContext): SamError[] {
  const output = context.output.Resources as Dict;
  return generated.flatMap((resource) => {
    const taken = context.resources[resource.logicalId];
    if (taken !== undefined && !sameId[resource.type]?.includes(text(asMap(taken).Type))) {
      return [new DuplicateLogicalId(logicalId, resource.logicalId, resource.type)];
    }
    output[resource.logicalId] = resource.toTemplate();
    return [];
  });
}

/** Other macros of the template stay declared: this one is done. */
function dropTransform(output: Dict): void {
  const others = Array.isArray(output.Transform)
    ? output.Transform.filter((name) => name !== samTransform)
    : [];
  if (others.length > 0) output.Transform = others;
  else delete output.Transform;
}

function finishDeployments(context: SamContext, errors: SamError[]): void {
  const made = context.deploymentPreferences.resources((error) => errors.push(error));
  const output = context.output.Resources as Dict;
  for (const resource of made) output[resource.logicalId] = resource.toTemplate();
  if (made.length === 0) return;
  const conditions = context.deploymentPreferences.conditions();
  if (isPresent(conditions))
    context.output.Conditions = { ...asMap(context.output.Conditions), ...conditions };
}

function collecting(errors: SamError[], work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SamError)) throw error;
    errors.push(error);
  }
}

/** Without marks and boxes: what JSON would say. */
function plain(value: unknown): Dict {
  return JSON.parse(JSON.stringify(value)) as Dict;
}
