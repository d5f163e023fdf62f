/** What an operation asks IAM before it runs. */
import type { AuthorizationRequest, OperationContext } from '../../../platform/index.ts';
import { authorize } from '../authorize.ts';
import type { Room } from '../room.ts';
import { openDynamoDb } from './harness.ts';

/** Asked by a user who is not root, of a cloud with the table `tbl`. */
export async function asked(operation: string, input: object): Promise<AuthorizationRequest[]> {
  const { createTable, room } = await openDynamoDb();
  await createTable('tbl');
  const ctx = {
    room,
    account: '000000000000',
    region: 'eu-west-1',
    principal: { type: 'user' },
  } as unknown as OperationContext<Room>;
  const answer = await authorize[operation]?.(ctx, input as never);
  return ([answer ?? []].flat() as AuthorizationRequest[]).map(looked);
}

/** With the values of keys that are only looked for when a policy names them. */
function looked(request: AuthorizationRequest): AuthorizationRequest {
  if (!request.context) return request;
  const values = Object.entries(request.context).map(([key, value]) => [
    key,
    typeof value === 'function' ? value() : value,
  ]);
  return { ...request, context: Object.fromEntries(values) };
}
