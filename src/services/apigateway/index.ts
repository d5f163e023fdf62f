/** API Gateway, REST APIs. HTTP APIs (`apigatewayv2`) are the service in v2/; one data plane serves both. */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { executeApi } from './endpoints/executeApi.ts';
import { accountOperations } from './operations/account.ts';
import { apiKeyOperations } from './operations/apiKeys.ts';
import { authorizerOperations } from './operations/authorizers.ts';
import { basePathMappingOperations } from './operations/basePathMappings.ts';
import { clientCertificateOperations } from './operations/clientCertificates.ts';
import { deploymentOperations } from './operations/deployments.ts';
import { documentationPartOperations } from './operations/documentationParts.ts';
import { documentationVersionOperations } from './operations/documentationVersions.ts';
import { domainNameOperations } from './operations/domainNames.ts';
import { exportOperations } from './operations/GetExport.ts';
import { sdkOperations } from './operations/GetSdk.ts';
import { gatewayResponseOperations } from './operations/gatewayResponses.ts';
import { importOperations } from './operations/importRestApi.ts';
import { integrationOperations } from './operations/integrations.ts';
import { methodOperations } from './operations/methods.ts';
import { modelOperations } from './operations/models.ts';
import { requestValidatorOperations } from './operations/requestValidators.ts';
import { resourceOperations } from './operations/resources.ts';
import { restApiOperations } from './operations/restApis.ts';
import { stageOperations } from './operations/stages.ts';
import { testAuthorizerOperations } from './operations/TestInvokeAuthorizer.ts';
import { testOperations } from './operations/TestInvokeMethod.ts';
import { tagOperations } from './operations/tags.ts';
import { usageOperations } from './operations/usage.ts';
import { usagePlanOperations } from './operations/usagePlans.ts';
import { vpcLinkOperations } from './operations/vpcLinks.ts';
import { restResources } from './resources/index.ts';
import { openRoom, type Room } from './room.ts';

export const apigateway = defineService<Room>({
  name: 'apigateway',
  open: openRoom,
  operations: {
    ...restApiOperations,
    ...importOperations,
    ...resourceOperations,
    ...methodOperations,
    ...integrationOperations,
    ...deploymentOperations,
    ...stageOperations,
    ...modelOperations,
    ...requestValidatorOperations,
    ...authorizerOperations,
    ...gatewayResponseOperations,
    ...apiKeyOperations,
    ...usagePlanOperations,
    ...usageOperations,
    ...tagOperations,
    ...accountOperations,
    ...testOperations,
    ...testAuthorizerOperations,
    ...domainNameOperations,
    ...documentationPartOperations,
    ...documentationVersionOperations,
    ...exportOperations,
    ...sdkOperations,
    ...basePathMappingOperations,
    ...clientCertificateOperations,
    ...vpcLinkOperations,
  },
  authorize,
  endpoints: { 'execute-api': executeApi },
  resources: restResources,
});
