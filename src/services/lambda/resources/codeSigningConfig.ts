import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import { call, pick, setTags, tagsOf, unlessMissing } from './steps.ts';

const settings = ['AllowedPublishers', 'CodeSigningPolicies', 'Description'] as const;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-codesigningconfig.html */
export const codeSigningConfig: ResourceType = {
  name: 'AWS::Lambda::CodeSigningConfig',
  properties: {
    AllowedPublishers: {
      required: true,
      type: 'object',
      members: { SigningProfileVersionArns: { required: true, type: 'array' } },
    },
    CodeSigningPolicies: {
      type: 'object',
      members: { UntrustedArtifactOnDeployment: { required: true, type: 'string' } },
    },
    Description: { type: 'string' },
    Tags: { type: 'tags' },
  },
  attributes: ['CodeSigningConfigArn', 'CodeSigningConfigId'],
  create: (ctx, properties) =>
    write(ctx, 'CreateCodeSigningConfig', {
      ...pick(properties, settings),
      Tags: tagsOf(ctx, properties),
    }),
  async update(ctx, current, properties, previous) {
    const CodeSigningConfigArn = current.physicalId;
    await setTags(ctx, CodeSigningConfigArn, properties, previous);
    return write(ctx, 'UpdateCodeSigningConfig', {
      CodeSigningConfigArn,
      // What the template no longer says goes back to its default.
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
      Description: '',
      ...pick(properties, settings),
    });
  },
  async delete(ctx, current) {
    await unlessMissing(call(ctx, 'DeleteCodeSigningConfig', { CodeSigningConfigArn: current.physicalId }));
  },
};

async function write(ctx: ResourceContext, operation: string, input: Properties) {
  const { CodeSigningConfig = {} } = await call<{
    CodeSigningConfig?: { CodeSigningConfigArn?: string; CodeSigningConfigId?: string };
  }>(ctx, operation, input);
  const { CodeSigningConfigArn = '', CodeSigningConfigId = '' } = CodeSigningConfig;
  return { physicalId: CodeSigningConfigArn, attributes: { CodeSigningConfigArn, CodeSigningConfigId } };
}
