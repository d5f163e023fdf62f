import type { ResourceType } from '../../../platform/index.ts';
import { customResource, isCustom } from './customResource.ts';
import { cdkMetadata, waitConditionHandle } from './markers.ts';
import { nestedStack } from './nestedStack.ts';
import type { OwnResources } from './own.ts';

/** The types this service owns itself. They work on its own stacks and callbacks, so they are made with its room. */
export function ownResourceType(name: string, own: OwnResources): ResourceType | undefined {
  if (name === 'AWS::CloudFormation::Stack') return nestedStack(own);
  if (name === waitConditionHandle.name) return waitConditionHandle;
  if (name === cdkMetadata.name) return cdkMetadata;
  return isCustom(name) ? customResource(name, own) : undefined;
}
