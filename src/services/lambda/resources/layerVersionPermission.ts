import type { ResourceType } from '../../../platform/index.ts';
import { call, pick, unlessMissing } from './steps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversionpermission.html */
export const layerVersionPermission: ResourceType = {
  name: 'AWS::Lambda::LayerVersionPermission',
  properties: {
    Action: { required: true, type: 'string', createOnly: true },
    LayerVersionArn: { required: true, type: 'string', createOnly: true },
    Principal: { required: true, type: 'string', createOnly: true },
    OrganizationId: { type: 'string', createOnly: true },
  },
  attributes: ['Id'],
  async create(ctx, properties) {
    const StatementId = ctx.generateName(100);
    await call(ctx, 'AddLayerVersionPermission', {
      ...versionOf(String(properties.LayerVersionArn)),
      ...pick(properties, ['Action', 'Principal', 'OrganizationId']),
      StatementId,
    });
    const physicalId = `${properties.LayerVersionArn}#${StatementId}`;
    return { physicalId, attributes: { Id: physicalId } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current) {
    const [arn = '', StatementId] = current.physicalId.split('#');
    await unlessMissing(call(ctx, 'RemoveLayerVersionPermission', { ...versionOf(arn), StatementId }));
  },
};

function versionOf(arn: string): { LayerName: string | undefined; VersionNumber: number } {
  const [, LayerName, version] = /^(.*):(\d+)$/.exec(arn) ?? [];
  return { LayerName: LayerName ?? arn, VersionNumber: Number(version) };
}
