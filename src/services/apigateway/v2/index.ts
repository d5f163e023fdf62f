/** API Gateway, HTTP and WebSocket APIs (`apigatewayv2`). Their data plane is the one of ../endpoints, shared with REST APIs. */
import { defineService } from '../../../platform/index.ts';
import { openRoom, type Room } from '../room.ts';
import { authorize } from './authorize.ts';
import { apiMappingOperations } from './operations/apiMappings.ts';
import { apiOperations } from './operations/apis.ts';
import { httpAuthorizerOperations } from './operations/authorizers.ts';
import { httpDomainNameOperations } from './operations/domainNames.ts';
import { exportApiOperations } from './operations/ExportApi.ts';
import { integrationResponseOperations } from './operations/integrationResponses.ts';
import { httpIntegrationOperations } from './operations/integrations.ts';
import { httpModelOperations } from './operations/models.ts';
import { routeResponseOperations } from './operations/routeResponses.ts';
import { routeOperations } from './operations/routes.ts';
import { routingRuleOperations } from './operations/routingRules.ts';
import { httpStageOperations } from './operations/stages.ts';
import { httpTagOperations } from './operations/tags.ts';
import { httpVpcLinkOperations } from './operations/vpcLinks.ts';
import { httpResources } from './resources.ts';

export const apigatewayv2 = defineService<Room>({
  name: 'apigatewayv2',
  iamPrefix: 'apigateway',
  open: openRoom,
  operations: {
    ...apiOperations,
    ...routeOperations,
    ...httpIntegrationOperations,
    ...httpAuthorizerOperations,
    ...httpStageOperations,
    ...httpTagOperations,
    ...httpDomainNameOperations,
    ...apiMappingOperations,
    ...exportApiOperations,
    ...routingRuleOperations,
    ...httpVpcLinkOperations,
    ...routeResponseOperations,
    ...integrationResponseOperations,
    ...httpModelOperations,
  },
  authorize,
  resources: httpResources,
});
