import { InvalidResource } from '../errors.ts';
import { CfnResource } from '../resource.ts';
import type { ReadResource } from '../schema.ts';
import { asList, asMap, type Dict, getAtt, isEmpty, isPresent, isText, text } from '../values.ts';
import type { DataSources } from './dataSources.ts';
import { present } from './model.ts';

/** What a pipeline resolver does of itself: nothing, around its functions. */
const pipelineCode = `
export function request(ctx) {
    return {};
}

export function response(ctx) {
    return ctx.prev.result;
}
`;

const pipelineRuntime = { Name: 'APPSYNC_JS', RuntimeVersion: '1.0.0' };

/** `Functions` and `Resolvers`: functions first, because resolvers name them. */
export function functionsAndResolvers(
  api: ReadResource,
  sources: DataSources,
  schemaId: string,
): CfnResource[] {
  const functionIds = new Map<string, unknown>();
  const functions = Object.entries(asMap(api.properties.Functions)).flatMap(([name, value]) => {
    const settings = present(value);
    if (isPresent(settings.Id)) {
      if (Object.keys(settings).length > 1) {
        throw new InvalidResource(name, "'Id' cannot be defined with other properties in Function.");
      }
      functionIds.set(name, settings.Id);
      return [];
    }
    const made = functionConfiguration(api, name, settings, sources);
    functionIds.set(name, getAtt(made.logicalId, 'FunctionId'));
    return [made];
  });
  const resolvers = Object.entries(asMap(api.properties.Resolvers)).flatMap(([type, fields]) =>
    Object.entries(asMap(fields)).map(([name, value]) =>
      resolver(api, type, name, present(value), functionIds, schemaId),
    ),
  );
  return [...functions, ...resolvers];
}

function functionConfiguration(
  api: ReadResource,
  name: string,
  settings: Dict,
  sources: DataSources,
): CfnResource {
  if (isPresent(settings.InlineCode) && isPresent(settings.CodeUri)) throw bothCodes(name);
  if (isEmpty(settings.InlineCode) && isEmpty(settings.CodeUri)) {
    throw new InvalidResource(name, "One of 'InlineCode' or 'CodeUri' must be set.");
  }
  const configuration: Dict = {
    ApiId: getAtt(api.logicalId, 'ApiId'),
    Name: isPresent(settings.Name) ? settings.Name : name,
    Code: isPresent(settings.InlineCode) ? settings.InlineCode : undefined,
    CodeS3Location: isPresent(settings.InlineCode) ? undefined : settings.CodeUri,
    DataSourceName: dataSourceName(api, name, settings.DataSource, sources),
    MaxBatchSize: settings.MaxBatchSize,
    Description: settings.Description,
    Runtime: runtime(name, settings.Runtime),
    SyncConfig: isPresent(settings.Sync) ? present(settings.Sync) : undefined,
  };
  return new CfnResource(api.logicalId + name, 'AWS::AppSync::FunctionConfiguration', configuration, api);
}

function bothCodes(name: string): InvalidResource {
  return new InvalidResource(name, "Both 'InlineCode' and 'CodeUri' cannot be defined at the same time.");
}

function dataSourceName(api: ReadResource, name: string, source: unknown, sources: DataSources): unknown {
  if (isEmpty(source)) throw new InvalidResource(name, "'DataSource' must be set.");
  if (!isText(source)) return source;
  if (text(source).toLowerCase() === 'none') return noneSource(api, sources);
  const known = sources.names.get(text(source));
  if (known !== undefined) return known;
  throw new InvalidResource(
    name,
    `Either define DataSource '${text(source)}' in 'DataSources' or use intrinsic function like GetAtt, ImportValue, Sub or another one to reference a DataSource defined outside of this GraphQLApi resource.`,
  );
}

/** The one source of functions that need no data. */
function noneSource(api: ReadResource, sources: DataSources): unknown {
  const id = `${api.logicalId}NoneDataSource`;
  if (!sources.resources.some(({ logicalId }) => logicalId === id)) {
    const properties = { ApiId: getAtt(api.logicalId, 'ApiId'), Name: id, Type: 'NONE' };
    sources.resources.push(new CfnResource(id, 'AWS::AppSync::DataSource', properties, api));
  }
  return getAtt(id, 'Name');
}

function runtime(name: string, value: unknown): Dict {
  if (isEmpty(value)) throw new InvalidResource(name, `'Runtime' must be defined as a property in ${name}.`);
  const { Name, Version } = asMap(value);
  return { Name, RuntimeVersion: Version };
}

function resolver(
  api: ReadResource,
  type: string,
  name: string,
  settings: Dict,
  functionIds: ReadonlyMap<string, unknown>,
  schemaId: string,
): CfnResource {
  const { InlineCode, CodeUri, Pipeline, Caching } = settings;
  if (isPresent(InlineCode) && isPresent(CodeUri)) throw bothCodes(name);
  const hasCode = isPresent(InlineCode) || isPresent(CodeUri);
  const code: Dict = hasCode
    ? { Code: InlineCode, CodeS3Location: CodeUri, Runtime: runtime(name, settings.Runtime) }
    : { Code: pipelineCode, Runtime: pipelineRuntime };
  if (isEmpty(Pipeline)) {
    throw new InvalidResource(
      name,
      `Resolver '${name}' must have Pipeline defined. Unit resolvers are not supported. If you need a Unit resolver you can use AppSync resource.`,
    );
  }
  const functions = asList(Pipeline).map((step) => {
    const id = functionIds.get(text(step));
    if (id === undefined) throw new InvalidResource(name, `Function '${text(step)}' does not exist.`);
    return id;
  });
  const properties: Dict = {
    ...code,
    ApiId: getAtt(api.logicalId, 'ApiId'),
    FieldName: isPresent(settings.FieldName) ? settings.FieldName : name,
    TypeName: type,
    Kind: 'PIPELINE',
    PipelineConfig: { Functions: functions },
    CachingConfig: isPresent(Caching) ? present(Caching) : undefined,
    MaxBatchSize: isPresent(settings.MaxBatchSize) ? settings.MaxBatchSize : undefined,
  };
  return new CfnResource(api.logicalId + type + name, 'AWS::AppSync::Resolver', properties, {
    dependsOn: [schemaId],
    attributes: api.attributes,
  });
}
