/** The open connections of this process. A socket can't be stored: what is here ends with the process. */
import type { Clock } from '../../../kernel/index.ts';
import type { Address } from '../store.ts';
import { connectionDurationMs, idleTimeoutMs, wheelStepMs } from './limits.ts';
import type { Socket } from './socket.ts';
import { Wheel } from './wheel.ts';

export interface Connection {
  readonly id: string;
  readonly address: Address;
  readonly apiId: string;
  readonly stage: string;
  /** Milliseconds since the epoch. */
  readonly connectedAt: number;
  lastActiveAt: number;
  /** What the client called the API: its Host header. */
  readonly domainName: string;
  readonly identity: ConnectionIdentity;
  /** What the authorizer said of the client: in the context of all its messages. */
  authorizer?: Record<string, unknown> | undefined;
  /** The API key that the client, or its authorizer, named. */
  apiKey?: string | undefined;
  /** Absent until the handshake is answered. */
  socket?: Socket | undefined;
  /** Messages that are being worked on. */
  underWay: number;
  /** Where the wheel has it. */
  slot: number;
}

export interface ConnectionIdentity {
  accountId?: string;
  apiKey?: string;
  apiKeyId?: string;
  accessKey?: string | null;
  caller?: string;
  cognitoAuthenticationProvider?: string | null;
  cognitoAuthenticationType?: string | null;
  cognitoIdentityId?: string;
  cognitoIdentityPoolId?: string;
  user?: string;
  userArn?: string;
  userAgent?: string;
  sourceIp: string;
}

export class Connections {
  readonly #open = new Map<string, Connection>();
  readonly #wheel: Wheel<Connection>;
  readonly #clock: Clock;
  readonly #onTimeout: (connection: Connection) => void;

  /** @param onTimeout a connection was idle, or lived, for too long; it still is among the open ones. */
  constructor(clock: Clock, onTimeout: (connection: Connection) => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
    this.#wheel = new Wheel({
      clock,
      stepMs: wheelStepMs,
      dueAt: endOf,
      onDue: (connection) => this.#onDue(connection),
    });
  }

  get size(): number {
    return this.#open.size;
  }

  get(id: string): Connection | undefined {
    return this.#open.get(id);
  }

  add(connection: Connection): void {
    this.#open.set(connection.id, connection);
    connection.slot = this.#wheel.add(connection);
  }

  /** @returns false when it wasn't open any more. */
  remove(connection: Connection): boolean {
    this.#wheel.remove(connection, connection.slot);
    return this.#open.delete(connection.id);
  }

  #onDue(connection: Connection): void {
    if (endOf(connection) > this.#clock.now()) connection.slot = this.#wheel.add(connection);
    else this.#onTimeout(connection);
  }
}

/** When a connection ends if nothing more happens. */
function endOf({ connectedAt, lastActiveAt }: Connection): number {
  return Math.min(lastActiveAt + idleTimeoutMs, connectedAt + connectionDurationMs);
}
