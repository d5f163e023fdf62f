import type { ResourceType } from '../../../platform/index.ts';
import { codeDeployApplication, codeDeployDeploymentGroup } from './codeDeploy.ts';
import { customResource, isCustom } from './customResource.ts';
import { cdkMetadata, waitConditionHandle } from './markers.ts';
import { nestedStack } from './nestedStack.ts';
import type { OwnResources } from './own.ts';

/** The types this service owns itself. They work on its own stacks and callbacks, so they are made with its room. */
export function ownResourceType(name: string, own: OwnResources): ResourceType | undefined {
  if (name === 'AWS::CloudFormation::Stack') return nestedStack(own);
  if (name === waitConditionHandle.name) return waitConditionHandle;
  const known = [cdkMetadata, codeDeployApplication, codeDeployDeploymentGroup].find(
    (type) => type.name === name,
  );
  if (known) return known;
  return isCustom(name) ? customResource(name, own) : undefined;
}
