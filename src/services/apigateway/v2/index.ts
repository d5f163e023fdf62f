/** API Gateway, HTTP APIs (`apigatewayv2`). Their data plane is the one of ../endpoints, shared with REST APIs. */
import { defineService } from '../../../platform/index.ts';
import { openRoom, type Room } from '../room.ts';
import { authorize } from './authorize.ts';
import { apiOperations } from './operations/apis.ts';
import { httpAuthorizerOperations } from './operations/authorizers.ts';
import { httpIntegrationOperations } from './operations/integrations.ts';
import { routeOperations } from './operations/routes.ts';
import { httpStageOperations } from './operations/stages.ts';
import { httpTagOperations } from './operations/tags.ts';
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
  },
  authorize,
  resources: httpResources,
});
