/** AWS CloudFormation: stacks of resources that the services of this cloud own. */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { CreateStack } from './operations/CreateStack.ts';
import {
  DescribeStackEvents,
  DescribeStackResource,
  DescribeStackResources,
  ListStackResources,
} from './operations/stackResources.ts';
import { DescribeStacks, ListStacks, UpdateTerminationProtection } from './operations/stacks.ts';
import { openRoom } from './room.ts';

export const cloudformation = defineService({
  name: 'cloudformation',
  open: openRoom,
  operations: {
    CreateStack,
    DescribeStackEvents,
    DescribeStackResource,
    DescribeStackResources,
    DescribeStacks,
    ListStackResources,
    ListStacks,
    UpdateTerminationProtection,
  },
  authorize,
});
