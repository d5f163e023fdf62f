/**
 * What SAM makes of `DeploymentPreference`. There is no CodeDeploy here: applications and deployment groups are recorded
 * with their stack, and a new version gets its alias's traffic at once, without hooks and alarms.
 */
import type { Properties, PropertyRule, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { ValidationError } from '../errors.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codedeploy-application.html */
export const codeDeployApplication: ResourceType = recorded({
  name: 'AWS::CodeDeploy::Application',
  nameProperty: 'ApplicationName',
  properties: {
    ApplicationName: { type: 'string', createOnly: true },
    ComputePlatform: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
  },
  check({ ComputePlatform = 'Server' }) {
    if (ComputePlatform !== 'Lambda')
      throw new ValidationError(`Deployments to the compute platform ${ComputePlatform} are not supported`);
  },
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codedeploy-deploymentgroup.html */
export const codeDeployDeploymentGroup: ResourceType = recorded({
  name: 'AWS::CodeDeploy::DeploymentGroup',
  nameProperty: 'DeploymentGroupName',
  properties: {
    ApplicationName: { required: true, type: 'string', createOnly: true },
    DeploymentGroupName: { type: 'string', createOnly: true },
    DeploymentConfigName: { type: 'string' },
    ServiceRoleArn: { required: true, type: 'string' },
    AlarmConfiguration: { type: 'object' },
    AutoRollbackConfiguration: { type: 'object' },
    DeploymentStyle: { type: 'object' },
    TriggerConfigurations: { type: 'array' },
    Tags: { type: 'tags' },
  },
});

/** Both names may have up to 100 characters. */
const nameLengthMax = 100;

function recorded(options: {
  name: string;
  nameProperty: string;
  properties: Readonly<Record<string, PropertyRule>>;
  check?(properties: Properties): void;
}): ResourceType {
  return {
    name: options.name,
    properties: options.properties,
    attributes: [],
    async create(ctx: ResourceContext, properties) {
      options.check?.(properties);
      const given = properties[options.nameProperty] as string | undefined;
      return { physicalId: given ?? ctx.generateName(nameLengthMax), attributes: {} };
    },
    update: async (_ctx, current) => current,
    delete: async () => {},
  };
}
