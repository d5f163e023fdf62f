/** The connections API as a service of its own, for callers in this process; its address is the data plane's. */
import { defineService } from '../../../platform/index.ts';
import { openRoom, type Room } from '../room.ts';
import { connectionOperations, connectionRules } from './management.ts';

export const apigatewaymanagementapi = defineService<Room>({
  name: 'apigatewaymanagementapi',
  iamPrefix: 'execute-api',
  open: openRoom,
  operations: connectionOperations,
  authorize: connectionRules,
});
