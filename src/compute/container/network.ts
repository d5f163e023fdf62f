/**
 * How containers reach this machine: the Runtime API of their environment, and the cloud. Both listen on the loopback
 * interface, which a container has its own of.
 */
import { existsSync } from 'node:fs';
import { Agent, createServer, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { onBehalfField } from '../../kernel/index.ts';
import { type Engine, EngineError } from './engine.ts';

export interface ContainerNetwork {
  /** Arguments of `run`. */
  readonly args: readonly string[];
  /** Address of this machine that Runtime APIs listen on. */
  readonly listen: string;
  /** What containers call it. */
  readonly name: string;
  /** An address, `http://127.0.0.1:4566`, as containers reach it; others than the machine's own stay as they are. */
  reach(url: string): Promise<string>;
  close(): void;
}

/** What of this machine the choice depends on. */
export interface Surroundings {
  /** Addresses of its interfaces. */
  readonly addresses: readonly string[];
  /** The name of the container that this process runs in, if it does. */
  readonly ownContainer?: string;
}

const loopback = '127.0.0.1';
const loopbackNames = new Set([loopback, 'localhost', '[::1]', '0.0.0.0']);
const dockerName = 'host.docker.internal';

export function surroundings(): Surroundings {
  const addresses = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
  return existsSync('/.dockerenv') ? { addresses, ownContainer: hostname() } : { addresses };
}

/** @throws EngineError when containers of this engine can't reach this process. */
export async function chooseNetwork(
  engine: Pick<Engine, 'name' | 'kind' | 'gateway'>,
  around: Surroundings = surroundings(),
): Promise<ContainerNetwork> {
  const { name, kind } = engine;
  // An engine in a virtual machine hands what goes to this name on to the loopback interface of the machine around it.
  if (kind === 'machine') return direct([], name === 'docker' ? dockerName : 'host.containers.internal');
  // podman's host network is this machine's own, for any user.
  if (name === 'podman') return direct(['--network', 'host'], loopback);
  if (kind === 'rootless') {
    throw new EngineError(
      'containers of a rootless Docker can’t reach programs of this machine; use podman, or Docker as the system runs it',
    );
  }
  const gateway = await engine.gateway();
  if (gateway !== undefined && around.addresses.includes(gateway)) return new GatewayNetwork(gateway);
  // Brume in a container of the same engine: they share its network.
  if (around.ownContainer) return direct(['--network', `container:${around.ownContainer}`], loopback);
  return direct(['--network', 'host'], loopback);
}

function direct(args: readonly string[], name: string): ContainerNetwork {
  return {
    args,
    listen: loopback,
    name,
    reach: async (url) => renamed(url, name),
    close: () => {},
  };
}

/** The address with another host, if its host is this machine. */
function renamed(url: string, host: string, port?: number): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !loopbackNames.has(parsed.hostname)) return url;
  parsed.hostname = host;
  if (port !== undefined) parsed.port = String(port);
  return url.endsWith('/') ? parsed.href : parsed.href.replace(/\/$/, '');
}

/** The bridge of Docker on Linux: this machine has an address on it, and what listens elsewhere is handed on. */
class GatewayNetwork implements ContainerNetwork {
  readonly args: readonly string[];
  readonly listen: string;
  readonly name: string;
  readonly #relays = new Map<string, Promise<Relay>>();

  constructor(gateway: string) {
    this.args = ['--add-host', `${dockerName}:host-gateway`];
    this.listen = gateway;
    // An address rather than a name: SDKs then put the bucket into the path, not before the name.
    this.name = gateway;
  }

  async reach(url: string): Promise<string> {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed?.protocol !== 'http:' || !loopbackNames.has(parsed.hostname)) return url;
    const port = Number(parsed.port || 80);
    const key = String(port);
    let relay = this.#relays.get(key);
    if (!relay) {
      relay = Relay.open(this.listen, port);
      relay.catch(() => this.#relays.delete(key));
      this.#relays.set(key, relay);
    }
    return renamed(url, this.name, (await relay).port);
  }

  close(): void {
    for (const relay of this.#relays.values()) relay.then((opened) => opened.close()).catch(() => {});
    this.#relays.clear();
  }
}

/**
 * Hands requests of containers on to a server of this machine, marked as what is sent on somebody's behalf: the control
 * plane answers none of them.
 */
class Relay {
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #to: number;

  private constructor(to: number) {
    this.#to = to;
    this.#server = createServer((request, response) => {
      const onward = send(
        {
          host: loopback,
          port: this.#to,
          method: request.method,
          path: request.url,
          headers: [...request.rawHeaders, onBehalfField, 'true'],
          agent: this.#agent,
          setHost: false,
        },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
          answer.pipe(response);
          answer.on('error', () => response.destroy());
        },
      );
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    this.#server.requestTimeout = 0;
    this.#server.unref();
  }

  /** The same port, unless something has it: the cloud itself perhaps, which then answers there. */
  static async open(host: string, port: number): Promise<Relay> {
    const relay = new Relay(port);
    await relay.#listen(host, port).catch(() => relay.#listen(host, 0));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  #listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }
}
