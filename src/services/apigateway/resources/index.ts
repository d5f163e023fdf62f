/** The CloudFormation resource types of REST APIs. */
import type { ResourceType } from '../../../platform/index.ts';
import { deployment, stage } from './deployment.ts';
import { method, resource } from './methods.ts';
import { account, authorizer, gatewayResponse, model, requestValidator } from './parts.ts';
import { restApi } from './restApi.ts';
import { apiKey, usagePlan, usagePlanKey } from './usage.ts';

export const restResources: readonly ResourceType[] = [
  restApi,
  resource,
  method,
  deployment,
  stage,
  model,
  requestValidator,
  authorizer,
  gatewayResponse,
  account,
  apiKey,
  usagePlan,
  usagePlanKey,
];
