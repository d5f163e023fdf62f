/** Lambda: functions from .zip archives, their versions and aliases, and their invocation. */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { CheckpointDurableExecution } from './durable/checkpoint.ts';
import {
  GetDurableExecution,
  GetDurableExecutionHistory,
  GetDurableExecutionState,
  ListDurableExecutionsByFunction,
  SendDurableExecutionCallbackFailure,
  SendDurableExecutionCallbackHeartbeat,
  SendDurableExecutionCallbackSuccess,
  StopDurableExecution,
} from './durable/operations.ts';
import { code } from './endpoints/code.ts';
import { url } from './endpoints/url.ts';
import {
  CreateEventSourceMapping,
  DeleteEventSourceMapping,
  GetEventSourceMapping,
  ListEventSourceMappings,
  UpdateEventSourceMapping,
} from './eventSources/operations.ts';
import { inspect } from './inspections.ts';
import { CreateAlias, DeleteAlias, GetAlias, ListAliases, UpdateAlias } from './operations/aliases.ts';
import { CreateFunction } from './operations/CreateFunction.ts';
import {
  CreateCodeSigningConfig,
  DeleteCodeSigningConfig,
  DeleteFunctionCodeSigningConfig,
  GetCodeSigningConfig,
  GetFunctionCodeSigningConfig,
  ListCodeSigningConfigs,
  ListFunctionsByCodeSigningConfig,
  PutFunctionCodeSigningConfig,
  UpdateCodeSigningConfig,
} from './operations/codeSigning.ts';
import {
  DeleteFunctionConcurrency,
  GetFunctionConcurrency,
  PutFunctionConcurrency,
} from './operations/concurrency.ts';
import {
  DeleteFunctionEventInvokeConfig,
  GetFunctionEventInvokeConfig,
  ListFunctionEventInvokeConfigs,
  PutFunctionEventInvokeConfig,
  UpdateFunctionEventInvokeConfig,
} from './operations/eventInvokeConfigs.ts';
import {
  DeleteFunction,
  GetAccountSettings,
  GetFunction,
  GetFunctionConfiguration,
  ListFunctions,
} from './operations/functions.ts';
import { Invoke, InvokeAsync } from './operations/Invoke.ts';
import { InvokeWithResponseStream } from './operations/InvokeWithResponseStream.ts';
import {
  AddLayerVersionPermission,
  GetLayerVersionPolicy,
  RemoveLayerVersionPermission,
} from './operations/layerPermissions.ts';
import {
  DeleteLayerVersion,
  GetLayerVersion,
  GetLayerVersionByArn,
  ListLayers,
  ListLayerVersions,
  PublishLayerVersion,
} from './operations/layers.ts';
import { AddPermission, GetPolicy, RemovePermission } from './operations/permissions.ts';
import {
  DeleteProvisionedConcurrencyConfig,
  GetProvisionedConcurrencyConfig,
  ListProvisionedConcurrencyConfigs,
  PutProvisionedConcurrencyConfig,
} from './operations/provisionedConcurrency.ts';
import { GetFunctionRecursionConfig, PutFunctionRecursionConfig } from './operations/recursion.ts';
import { DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy } from './operations/resourcePolicies.ts';
import { GetRuntimeManagementConfig, PutRuntimeManagementConfig } from './operations/runtimeManagement.ts';
import { ListTags, TagResource, UntagResource } from './operations/tags.ts';
import { UpdateFunctionCode, UpdateFunctionConfiguration } from './operations/UpdateFunction.ts';
import {
  CreateFunctionUrlConfig,
  DeleteFunctionUrlConfig,
  GetFunctionUrlConfig,
  ListFunctionUrlConfigs,
  UpdateFunctionUrlConfig,
} from './operations/urls.ts';
import { ListVersionsByFunction, PublishVersion } from './operations/versions.ts';
import { resources } from './resources/index.ts';
import { type LambdaRoom, openRoom } from './room.ts';

export const lambda = defineService<LambdaRoom>({
  name: 'lambda',
  open: openRoom,
  operations: {
    CreateFunction,
    UpdateFunctionCode,
    UpdateFunctionConfiguration,
    GetFunction,
    GetFunctionConfiguration,
    ListFunctions,
    DeleteFunction,
    GetAccountSettings,
    Invoke,
    InvokeWithResponseStream,
    PublishVersion,
    ListVersionsByFunction,
    CreateAlias,
    GetAlias,
    UpdateAlias,
    DeleteAlias,
    ListAliases,
    AddPermission,
    RemovePermission,
    GetPolicy,
    PutResourcePolicy,
    GetResourcePolicy,
    DeleteResourcePolicy,
    TagResource,
    UntagResource,
    ListTags,
    PutFunctionConcurrency,
    DeleteFunctionConcurrency,
    GetFunctionConcurrency,
    PutProvisionedConcurrencyConfig,
    GetProvisionedConcurrencyConfig,
    DeleteProvisionedConcurrencyConfig,
    ListProvisionedConcurrencyConfigs,
    PutFunctionEventInvokeConfig,
    UpdateFunctionEventInvokeConfig,
    GetFunctionEventInvokeConfig,
    DeleteFunctionEventInvokeConfig,
    ListFunctionEventInvokeConfigs,
    CreateFunctionUrlConfig,
    DeleteFunctionUrlConfig,
    GetFunctionUrlConfig,
    ListFunctionUrlConfigs,
    UpdateFunctionUrlConfig,
    PublishLayerVersion,
    GetLayerVersion,
    GetLayerVersionByArn,
    DeleteLayerVersion,
    ListLayerVersions,
    ListLayers,
    AddLayerVersionPermission,
    RemoveLayerVersionPermission,
    GetLayerVersionPolicy,
    PutFunctionRecursionConfig,
    GetFunctionRecursionConfig,
    PutRuntimeManagementConfig,
    GetRuntimeManagementConfig,
    InvokeAsync,
    CreateCodeSigningConfig,
    DeleteCodeSigningConfig,
    DeleteFunctionCodeSigningConfig,
    GetCodeSigningConfig,
    GetFunctionCodeSigningConfig,
    ListCodeSigningConfigs,
    ListFunctionsByCodeSigningConfig,
    PutFunctionCodeSigningConfig,
    UpdateCodeSigningConfig,
    CreateEventSourceMapping,
    GetEventSourceMapping,
    ListEventSourceMappings,
    UpdateEventSourceMapping,
    DeleteEventSourceMapping,
    CheckpointDurableExecution,
    GetDurableExecution,
    GetDurableExecutionHistory,
    GetDurableExecutionState,
    ListDurableExecutionsByFunction,
    SendDurableExecutionCallbackFailure,
    SendDurableExecutionCallbackHeartbeat,
    SendDurableExecutionCallbackSuccess,
    StopDurableExecution,
  },
  authorize,
  close: async ({ pollers, provisioned, durable }) => {
    provisioned.close();
    durable.release();
    await pollers.close();
  },
  endpoints: { code, url },
  actions: { inspect },
  resources,
});
