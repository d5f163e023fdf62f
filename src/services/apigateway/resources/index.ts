/** The CloudFormation resource types of REST APIs. */
import type { ResourceType } from '../../../platform/index.ts';
import { deployment, stage } from './deployment.ts';
import { clientCertificate, documentationPart, documentationVersion, vpcLink } from './documentation.ts';
import {
  basePathMapping,
  basePathMappingV2,
  domainName,
  domainNameAccessAssociation,
  domainNameV2,
} from './domains.ts';
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
  documentationPart,
  documentationVersion,
  clientCertificate,
  vpcLink,
  domainName,
  domainNameV2,
  basePathMapping,
  basePathMappingV2,
  domainNameAccessAssociation,
];
