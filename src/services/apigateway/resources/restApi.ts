/** AWS::ApiGateway::RestApi. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html */
import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import type { PatchOperation } from '../domain/patch.ts';
import { BadRequestException } from '../errors.ts';
import {
  deleteIfThere,
  entryPatches,
  flag,
  flagOf,
  given,
  json,
  list,
  map,
  number,
  numberOf,
  objectOf,
  replacements,
  setTags,
  tagsOf,
  text,
  textOf,
  textsOf,
} from './properties.ts';

interface ApiOutput {
  id: string;
  rootResourceId: string;
  name: string;
  tags?: Record<string, string>;
  binaryMediaTypes?: string[];
}

export const restApi: ResourceType = {
  name: 'AWS::ApiGateway::RestApi',
  properties: {
    ApiKeySourceType: text,
    BinaryMediaTypes: list,
    Body: json,
    BodyS3Location: { type: 'object', members: { Bucket: text, Key: text, Version: text, ETag: text } },
    CloneFrom: { ...text, createOnly: true },
    Description: text,
    DisableExecuteApiEndpoint: flag,
    EndpointAccessMode: text,
    EndpointConfiguration: {
      type: 'object',
      members: { Types: list, VpcEndpointIds: list, IpAddressType: text },
    },
    FailOnWarnings: flag,
    MinimumCompressionSize: number,
    Mode: text,
    Name: text,
    Parameters: map,
    Policy: json,
    SecurityPolicy: text,
    Tags: { type: 'tags' },
  },
  attributes: ['RestApiId', 'RootResourceId'],

  async create(ctx, properties) {
    const body = await bodyOf(ctx, properties);
    if (!properties.Name && !body) throw new BadRequestException('Name is required without a Body');
    const created = await ctx.aws.call<ApiOutput>(
      'apigateway',
      'CreateRestApi',
      given({
        name: textOf(properties.Name) ?? titleOf(body) ?? ctx.generateName(255),
        description: textOf(properties.Description),
        binaryMediaTypes: properties.BinaryMediaTypes,
        minimumCompressionSize: numberOf(properties.MinimumCompressionSize),
        apiKeySource: textOf(properties.ApiKeySourceType),
        endpointConfiguration: endpointOf(properties),
        policy: textOf(properties.Policy),
        cloneFrom: textOf(properties.CloneFrom),
        disableExecuteApiEndpoint: flagOf(properties.DisableExecuteApiEndpoint),
        securityPolicy: textOf(properties.SecurityPolicy),
        endpointAccessMode: textOf(properties.EndpointAccessMode),
        tags: tagsOf(ctx, properties.Tags),
      }),
    );
    try {
      if (body) await putBody(ctx, created.id, properties, body);
    } catch (error) {
      // Nothing of a resource that failed to be created may stay behind.
      await deleteIfThere(ctx, 'DeleteRestApi', { restApiId: created.id });
      throw error;
    }
    return state(created);
  },

  async update(ctx, current, properties, previous) {
    const restApiId = current.physicalId;
    const bodyChanged = ['Body', 'BodyS3Location', 'Parameters', 'Mode'].some(
      (name) => JSON.stringify(properties[name]) !== JSON.stringify(previous[name]),
    );
    const body = bodyChanged ? await bodyOf(ctx, properties) : undefined;
    if (body) await putBody(ctx, restApiId, properties, body);
    const patchOperations = patchesOf(properties, previous);
    if (patchOperations.length > 0) {
      await ctx.aws.call('apigateway', 'UpdateRestApi', { restApiId, patchOperations });
    }
    const api = await ctx.aws.call<ApiOutput>('apigateway', 'GetRestApi', { restApiId });
    await setTags(ctx, `/restapis/${restApiId}`, tagsOf(ctx, properties.Tags), tagsOf(ctx, previous.Tags));
    return state(api);
  },

  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteRestApi', { restApiId: current.physicalId });
  },
};

function state(api: ApiOutput) {
  return { physicalId: api.id, attributes: { RestApiId: api.id, RootResourceId: api.rootResourceId } };
}

function endpointOf(properties: Properties) {
  const endpoint = properties.EndpointConfiguration;
  if (endpoint === undefined) return undefined;
  const { Types, VpcEndpointIds, IpAddressType } = objectOf(endpoint);
  return given({ types: Types, vpcEndpointIds: VpcEndpointIds, ipAddressType: IpAddressType });
}

async function bodyOf(ctx: ResourceContext, properties: Properties): Promise<Uint8Array | undefined> {
  if (properties.Body !== undefined) {
    const { Body } = properties;
    return Buffer.from(typeof Body === 'string' ? Body : JSON.stringify(Body));
  }
  if (properties.BodyS3Location === undefined) return undefined;
  const location = objectOf(properties.BodyS3Location);
  return readObject(ctx, location);
}

/** Reads an object that a template points to. */
export async function readObject(
  ctx: ResourceContext,
  location: Record<string, unknown>,
): Promise<Uint8Array> {
  const output = await ctx.aws.call<{ Body: Uint8Array | AsyncIterable<Uint8Array> }>(
    's3',
    'GetObject',
    given({ Bucket: location.Bucket, Key: location.Key, VersionId: textOf(location.Version) }),
  );
  if (output.Body instanceof Uint8Array) return output.Body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of output.Body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function titleOf(body: Uint8Array | undefined): string | undefined {
  if (!body) return undefined;
  // Only to give the API a name until the import gives it its own.
  return /["']?title["']?\s*:\s*["']?([^"'\n,}]+)/.exec(Buffer.from(body).toString())?.[1]?.trim();
}

/** What the template says beside the body wins over the body. */
async function putBody(
  ctx: ResourceContext,
  restApiId: string,
  properties: Properties,
  body: Uint8Array,
): Promise<void> {
  await ctx.aws.call(
    'apigateway',
    'PutRestApi',
    given({
      restApiId,
      body,
      mode: textOf(properties.Mode) ?? 'overwrite',
      failOnWarnings: flagOf(properties.FailOnWarnings),
      parameters: textsOf(properties.Parameters),
    }),
  );
  const patchOperations = patchesOf(properties, {});
  if (patchOperations.length > 0) {
    await ctx.aws.call('apigateway', 'UpdateRestApi', { restApiId, patchOperations });
  }
  const tags = tagsOf(ctx, properties.Tags);
  if (Object.keys(tags).length > 0) await setTags(ctx, `/restapis/${restApiId}`, tags, {});
}

function patchesOf(properties: Properties, previous: Properties): PatchOperation[] {
  const asEntries = (value: unknown) =>
    Object.fromEntries((Array.isArray(value) ? value : []).map((type) => [String(type), '']));
  const operations = [
    ...replacements(
      {
        Name: '/name',
        Description: '/description',
        ApiKeySourceType: '/apiKeySource',
        MinimumCompressionSize: '/minimumCompressionSize',
        DisableExecuteApiEndpoint: '/disableExecuteApiEndpoint',
        SecurityPolicy: '/securityPolicy',
      },
      withDefaults(properties),
      withDefaults(previous),
    ),
    ...entryPatches(
      '/binaryMediaTypes',
      asEntries(properties.BinaryMediaTypes),
      asEntries(previous.BinaryMediaTypes),
    ),
  ];
  const policy = textOf(properties.Policy);
  if (policy !== textOf(previous.Policy)) {
    operations.push(
      policy === undefined
        ? { op: 'remove', path: '/policy' }
        : { op: 'replace', path: '/policy', value: policy },
    );
  }
  const [type] = (objectOf(properties.EndpointConfiguration).Types ?? []) as string[];
  const [before] = (objectOf(previous.EndpointConfiguration).Types ?? []) as string[];
  if (type !== undefined && type !== before) {
    operations.push({ op: 'replace', path: `/endpointConfiguration/types/${before ?? 'EDGE'}`, value: type });
  }
  return operations.filter(({ path, value }) => path !== '/name' || value !== '');
}

/** Removing a property of these sets its default, which no empty text could say. */
function withDefaults(properties: Properties): Properties {
  return { ApiKeySourceType: 'HEADER', DisableExecuteApiEndpoint: false, ...properties };
}
