import type { Template } from './template/model.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities. */
const iamTypes: Readonly<Record<string, string | undefined>> = {
  'AWS::IAM::AccessKey': undefined,
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::UserToGroupAddition': undefined,
};

export type Capability = 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | 'CAPABILITY_AUTO_EXPAND';

export interface CapabilityNeed {
  readonly capabilities: readonly Capability[];
  /** As ValidateTemplate words it. */
  readonly reason?: string;
}

/** Which capabilities a template (after its transforms) wants acknowledged. */
export function capabilitiesNeeded(template: Template): CapabilityNeed {
  const types = new Set<string>();
  let named = false;
  for (const { type, properties } of template.resources.values()) {
    if (!Object.hasOwn(iamTypes, type)) continue;
    types.add(type);
    const nameProperty = iamTypes[type];
    if (nameProperty !== undefined && properties[nameProperty] !== undefined) named = true;
  }
  if (types.size === 0) return { capabilities: [] };
  const reason = `The following resource(s) require capabilities: [${[...types].join(', ')}]`;
  return { capabilities: [named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'], reason };
}

/**
 * @param hasMacros the template has transforms, and the operation runs them without a change set to look at.
 * @returns the capabilities that were not acknowledged.
 */
export function capabilitiesMissing(
  template: Template,
  acknowledged: readonly string[],
  hasMacros: boolean,
): Capability[] {
  const missing = capabilitiesNeeded(template).capabilities.filter((capability) =>
    capability === 'CAPABILITY_IAM'
      ? !acknowledged.includes('CAPABILITY_IAM') && !acknowledged.includes('CAPABILITY_NAMED_IAM')
      : !acknowledged.includes(capability),
  );
  if (hasMacros && !acknowledged.includes('CAPABILITY_AUTO_EXPAND')) {
    return ['CAPABILITY_AUTO_EXPAND', ...missing];
  }
  return missing;
}
