import type { ResourceType } from '../../../platform/index.ts';
import { call } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html */
export const layerVersion: ResourceType = {
  name: 'AWS::Lambda::LayerVersion',
  properties: {
    LayerName: { type: 'string', createOnly: true },
    Content: {
      required: true,
      type: 'object',
      createOnly: true,
      members: {
        S3Bucket: { required: true, type: 'string' },
        S3Key: { required: true, type: 'string' },
        S3ObjectVersion: { type: 'string' },
      },
    },
    Description: { type: 'string', createOnly: true },
    CompatibleRuntimes: { type: 'array', createOnly: true },
    CompatibleArchitectures: { type: 'array', createOnly: true },
    LicenseInfo: { type: 'string', createOnly: true },
  },
  attributes: ['LayerVersionArn'],
  async create(ctx, properties) {
    const LayerName = (properties.LayerName as string | undefined) ?? ctx.generateName(64);
    const { LayerVersionArn = '' } = await call<{ LayerVersionArn?: string }>(ctx, 'PublishLayerVersion', {
      ...properties,
      LayerName,
    });
    return { physicalId: LayerVersionArn, attributes: { LayerVersionArn } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current) {
    const [, LayerName, VersionNumber] = /^(.*):(\d+)$/.exec(current.physicalId) ?? [];
    await call(ctx, 'DeleteLayerVersion', { LayerName, VersionNumber: Number(VersionNumber) });
  },
};
