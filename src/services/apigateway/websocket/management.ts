/**
 * The connections API, `@connections`: for backends that have something to say to a client.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 * It is reached at the address of an API's stage (signed for `execute-api`), and in-process as the operations of the
 * service `apigatewaymanagementapi`.
 */
import type {
  DeleteConnectionRequest,
  GetConnectionRequest,
  PostToConnectionRequest,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  AwsError,
  defineError,
  type HttpRequest,
  type HttpResponse,
  partitionOf,
} from '../../../kernel/index.ts';
import type { AuthorizationRule, EndpointContext } from '../../../platform/index.ts';
import { masked } from '../endpoints/authorizers.ts';
import { withinAccount } from '../endpoints/throttle.ts';
import type { Context, Operations, Room } from '../room.ts';
import type { Address } from '../store.ts';
import type { Connection } from './connections.ts';
import { messageBytesMax, unsentBytesMax } from './limits.ts';
import { webSocketsOf } from './webSockets.ts';

const GoneException = defineError('GoneException', 410);
const PayloadTooLargeException = defineError('PayloadTooLargeException', 413);
const LimitExceededException = defineError('LimitExceededException', 429);

interface Target {
  address: Address;
  apiId: string;
  stage: string;
  connectionId: string;
}

/** @throws AwsError what the caller is told; the edge says it in JSON. */
export async function manageConnection(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  target: Target,
): Promise<HttpResponse> {
  const { method } = request;
  const act = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!act)
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', {
      status: 403,
    });
  const data = await request.body.bytes();
  await authorize(ctx, request, target, data);
  if (!withinAccount(ctx.room, target.address, ctx.now))
    throw new LimitExceededException('Too Many Requests');
  const found = webSocketsOf(ctx.room).connections.get(target.connectionId);
  const own = found && found.apiId === target.apiId && found.stage === target.stage ? found : undefined;
  const body = act(ctx.room, own, data);
  return {
    status: body === undefined && method === 'DELETE' ? 204 : 200,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': ctx.requestId },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

async function authorize(
  ctx: EndpointContext<Room>,
  request: HttpRequest,
  { address, apiId, stage }: Target,
  body: Uint8Array,
): Promise<void> {
  const signed = request.headers.authorization || /(?:^|&)X-Amz-Signature=/i.test(request.query);
  if (!signed || !ctx.authorize) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', {
      status: 403,
    });
  }
  const { account, region } = address;
  // The ARN names the method and the form of the path, never the connection.
  const resource = `arn:${partitionOf(region)}:execute-api:${region}:${account}:${apiId}/${stage}/${request.method}/@connections/{connectionId}`;
  const { principal, allowed } = await ctx.authorize(request, {
    body,
    account,
    region,
    signingName: 'execute-api',
    action: 'execute-api:ManageConnections',
    resources: [resource],
  });
  if (allowed) return;
  const told = `User: ${principal.arn} is not authorized to perform: execute-api:ManageConnections on resource: ${masked(resource, account)}`;
  throw new AwsError('AccessDeniedException', told, { status: 403 });
}

const methods: Readonly<
  Record<string, (room: Room, connection: Connection | undefined, data: Uint8Array) => object | undefined>
> = { POST: post, GET: get, DELETE: hangUp };

/** Sends what arrives as it came: text when it is one. */
function post(room: Room, connection: Connection | undefined, data: Uint8Array): undefined {
  if (data.length > messageBytesMax) throw new PayloadTooLargeException('Message too long');
  const { socket } = open(connection);
  if (!socket || !connection) throw gone();
  if (socket.unsent > unsentBytesMax) throw new LimitExceededException('The client side buffer is full');
  webSocketsOf(room).send(connection, asMessage(data));
  return undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that are no text go out as a binary message. */
function asMessage(data: Uint8Array): string | Uint8Array {
  try {
    return decoder.decode(data);
  } catch {
    return data;
  }
}

function get(_room: Room, connection: Connection | undefined): object {
  const { connectedAt, lastActiveAt, identity } = open(connection);
  return {
    connectedAt: iso(connectedAt),
    identity: { sourceIp: identity.sourceIp, userAgent: identity.userAgent },
    lastActiveAt: iso(lastActiveAt),
  };
}

function hangUp(room: Room, connection: Connection | undefined): undefined {
  webSocketsOf(room).close(open(connection), 1000, 'Connection Closed Normally');
  return undefined;
}

function open(connection: Connection | undefined): Connection {
  if (connection) return connection;
  throw gone();
}

function gone(): InstanceType<typeof GoneException> {
  return new GoneException('Gone');
}

/** As the model writes times: ISO 8601. */
function iso(time: number): string {
  return new Date(time).toISOString();
}

async function PostToConnection(ctx: Context, input: PostToConnectionRequest) {
  const { Data = '' } = input;
  const data = typeof Data === 'string' ? Buffer.from(Data) : Buffer.from(Data as Uint8Array);
  post(ctx.room, webSocketsOf(ctx.room).connections.get(input.ConnectionId ?? ''), data);
  return {};
}

async function GetConnection(ctx: Context, input: GetConnectionRequest) {
  const found = open(webSocketsOf(ctx.room).connections.get(input.ConnectionId ?? ''));
  const { sourceIp: SourceIp, userAgent: UserAgent = '' } = found.identity;
  return {
    ConnectedAt: new Date(found.connectedAt),
    Identity: { SourceIp, UserAgent },
    LastActiveAt: new Date(found.lastActiveAt),
  };
}

async function DeleteConnection(ctx: Context, input: DeleteConnectionRequest) {
  hangUp(ctx.room, webSocketsOf(ctx.room).connections.get(input.ConnectionId ?? ''));
  return {};
}

export const connectionOperations: Operations = { PostToConnection, GetConnection, DeleteConnection };

/** The ARN names the API and stage of the connection; of one that is gone nobody knows them any more. */
function rule(method: string): AuthorizationRule<Room> {
  return (ctx, input: { ConnectionId?: string }) => {
    const found = webSocketsOf(ctx.room).connections.get(input.ConnectionId ?? '');
    const { account, region } = found?.address ?? ctx;
    const stage = found ? `${found.apiId}/${found.stage}` : '*/*';
    return {
      action: 'execute-api:ManageConnections',
      resources: [
        `arn:${partitionOf(region)}:execute-api:${region}:${account}:${stage}/${method}/@connections/{connectionId}`,
      ],
    };
  };
}

export const connectionRules: Readonly<Record<string, AuthorizationRule<Room>>> = {
  PostToConnection: rule('POST'),
  GetConnection: rule('GET'),
  DeleteConnection: rule('DELETE'),
};
