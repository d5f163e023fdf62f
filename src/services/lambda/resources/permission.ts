import type { ResourceType } from '../../../platform/index.ts';
import { call, pick, unlessMissing } from './steps.ts';

const permissionNames = [
  'FunctionName',
  'Action',
  'Principal',
  'SourceArn',
  'SourceAccount',
  'EventSourceToken',
  'FunctionUrlAuthType',
  'InvokedViaFunctionUrl',
  'PrincipalOrgID',
] as const;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html */
export const permission: ResourceType = {
  name: 'AWS::Lambda::Permission',
  properties: Object.fromEntries(
    permissionNames.map((name) => [
      name,
      {
        createOnly: true,
        type: name === 'InvokedViaFunctionUrl' ? ('boolean' as const) : ('string' as const),
        ...(['FunctionName', 'Action', 'Principal'].includes(name) ? { required: true } : {}),
      },
    ]),
  ),
  attributes: ['Id'],
  async create(ctx, properties) {
    const StatementId = ctx.generateName(100);
    await call(ctx, 'AddPermission', { ...pick(properties, permissionNames), StatementId });
    return { physicalId: StatementId, attributes: { Id: StatementId } };
  },
  async update(_ctx, current) {
    return current;
  },
  async delete(ctx, current, properties) {
    const StatementId = current.physicalId;
    await unlessMissing(
      call(ctx, 'RemovePermission', { ...pick(properties, ['FunctionName']), StatementId }),
    );
  },
};
