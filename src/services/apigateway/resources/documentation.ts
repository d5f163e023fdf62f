/** AWS::ApiGateway::DocumentationPart, DocumentationVersion, ClientCertificate and VpcLink. */
import type { ResourceType } from '../../../platform/index.ts';
import {
  createOnly,
  deleteIfThere,
  given,
  list,
  objectOf,
  replacements,
  required,
  setTags,
  tagsOf,
  text,
  textOf,
} from './properties.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-documentationpart.html */
export const documentationPart: ResourceType = {
  name: 'AWS::ApiGateway::DocumentationPart',
  properties: {
    Location: {
      ...required(createOnly({ type: 'object' })),
      members: { Method: text, Name: text, Path: text, StatusCode: text, Type: text },
    },
    Properties: required(text),
    RestApiId: required(createOnly(text)),
  },
  attributes: ['DocumentationPartId'],
  async create(ctx, properties) {
    const { Method, Name, Path, StatusCode, Type } = objectOf(properties.Location);
    const { id } = await ctx.aws.call<{ id: string }>('apigateway', 'CreateDocumentationPart', {
      restApiId: textOf(properties.RestApiId),
      location: given({
        type: textOf(Type),
        path: textOf(Path),
        method: textOf(Method),
        statusCode: textOf(StatusCode),
        name: textOf(Name),
      }),
      properties: textOf(properties.Properties),
    });
    return { physicalId: id, attributes: { DocumentationPartId: id } };
  },
  async update(ctx, current, properties, previous) {
    await ctx.aws.call('apigateway', 'UpdateDocumentationPart', {
      restApiId: textOf(properties.RestApiId),
      documentationPartId: current.physicalId,
      patchOperations: replacements({ Properties: '/properties' }, properties, previous),
    });
    return current;
  },
  async delete(ctx, current, properties) {
    await deleteIfThere(ctx, 'DeleteDocumentationPart', {
      restApiId: textOf(properties.RestApiId),
      documentationPartId: current.physicalId,
    });
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-documentationversion.html */
export const documentationVersion: ResourceType = {
  name: 'AWS::ApiGateway::DocumentationVersion',
  properties: {
    Description: text,
    DocumentationVersion: required(createOnly(text)),
    RestApiId: required(createOnly(text)),
  },
  attributes: [],
  async create(ctx, properties) {
    const version = textOf(properties.DocumentationVersion) as string;
    await ctx.aws.call(
      'apigateway',
      'CreateDocumentationVersion',
      given({
        restApiId: textOf(properties.RestApiId),
        documentationVersion: version,
        description: textOf(properties.Description),
      }),
    );
    return { physicalId: version, attributes: {} };
  },
  async update(ctx, current, properties, previous) {
    await ctx.aws.call('apigateway', 'UpdateDocumentationVersion', {
      restApiId: textOf(properties.RestApiId),
      documentationVersion: current.physicalId,
      patchOperations: replacements({ Description: '/description' }, properties, previous),
    });
    return current;
  },
  async delete(ctx, current, properties) {
    await deleteIfThere(ctx, 'DeleteDocumentationVersion', {
      restApiId: textOf(properties.RestApiId),
      documentationVersion: current.physicalId,
    });
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-clientcertificate.html */
export const clientCertificate: ResourceType = {
  name: 'AWS::ApiGateway::ClientCertificate',
  properties: { Description: text, Tags: { type: 'tags' } },
  attributes: ['ClientCertificateId'],
  async create(ctx, properties) {
    const { clientCertificateId: id } = await ctx.aws.call<{ clientCertificateId: string }>(
      'apigateway',
      'GenerateClientCertificate',
      given({ description: textOf(properties.Description), tags: tagsOf(ctx, properties.Tags) }),
    );
    return { physicalId: id, attributes: { ClientCertificateId: id } };
  },
  async update(ctx, current, properties, previous) {
    await ctx.aws.call('apigateway', 'UpdateClientCertificate', {
      clientCertificateId: current.physicalId,
      patchOperations: replacements({ Description: '/description' }, properties, previous),
    });
    const path = `/clientcertificates/${current.physicalId}`;
    await setTags(ctx, path, tagsOf(ctx, properties.Tags), tagsOf(ctx, previous.Tags));
    return current;
  },
  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteClientCertificate', { clientCertificateId: current.physicalId });
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-vpclink.html */
export const vpcLink: ResourceType = {
  name: 'AWS::ApiGateway::VpcLink',
  properties: {
    Description: text,
    Name: required(text),
    Tags: { type: 'tags' },
    TargetArns: required(createOnly(list)),
  },
  attributes: ['VpcLinkId'],
  async create(ctx, properties) {
    const { id } = await ctx.aws.call<{ id: string }>(
      'apigateway',
      'CreateVpcLink',
      given({
        name: textOf(properties.Name),
        description: textOf(properties.Description),
        targetArns: properties.TargetArns,
        tags: tagsOf(ctx, properties.Tags),
      }),
    );
    return { physicalId: id, attributes: { VpcLinkId: id } };
  },
  async update(ctx, current, properties, previous) {
    await ctx.aws.call('apigateway', 'UpdateVpcLink', {
      vpcLinkId: current.physicalId,
      patchOperations: replacements({ Name: '/name', Description: '/description' }, properties, previous),
    });
    const path = `/vpclinks/${current.physicalId}`;
    await setTags(ctx, path, tagsOf(ctx, properties.Tags), tagsOf(ctx, previous.Tags));
    return current;
  },
  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteVpcLink', { vpcLinkId: current.physicalId });
  },
};
