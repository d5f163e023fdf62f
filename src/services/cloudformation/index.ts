/** AWS CloudFormation: stacks of resources that the services of this cloud own. */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { customResourceResponse } from './endpoints/customResourceResponse.ts';
import { CreateChangeSet } from './operations/CreateChangeSet.ts';
import { CreateStack } from './operations/CreateStack.ts';
import { DeleteChangeSet, DescribeChangeSet, ListChangeSets } from './operations/changeSets.ts';
import { DeleteStack } from './operations/DeleteStack.ts';
import { ExecuteChangeSet } from './operations/ExecuteChangeSet.ts';
import { ListExports, ListImports } from './operations/exports.ts';
import { GetStackPolicy, SetStackPolicy } from './operations/stackPolicies.ts';
import {
  DescribeStackEvents,
  DescribeStackResource,
  DescribeStackResources,
  ListStackResources,
} from './operations/stackResources.ts';
import { DescribeStacks, ListStacks, UpdateTerminationProtection } from './operations/stacks.ts';
import { GetTemplate, GetTemplateSummary, ValidateTemplate } from './operations/templates.ts';
import { UpdateStack } from './operations/UpdateStack.ts';
import { CancelUpdateStack, ContinueUpdateRollback, RollbackStack } from './operations/updateControl.ts';
import { openRoom } from './room.ts';

export const cloudformation = defineService({
  name: 'cloudformation',
  open: openRoom,
  operations: {
    CancelUpdateStack,
    ContinueUpdateRollback,
    CreateChangeSet,
    CreateStack,
    DeleteChangeSet,
    DeleteStack,
    DescribeChangeSet,
    DescribeStackEvents,
    DescribeStackResource,
    DescribeStackResources,
    DescribeStacks,
    ExecuteChangeSet,
    GetStackPolicy,
    GetTemplate,
    GetTemplateSummary,
    ListChangeSets,
    ListExports,
    ListImports,
    ListStackResources,
    ListStacks,
    RollbackStack,
    SetStackPolicy,
    UpdateStack,
    UpdateTerminationProtection,
    ValidateTemplate,
  },
  authorize,
  endpoints: { 'custom-resource-response': customResourceResponse },
});
