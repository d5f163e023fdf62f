/**
 * The Runtime API for custom runtimes: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 *
 * Each environment has a listener of its own, so that one can't answer for another. Towards the environment it
 * speaks the frames of the project's own bootstraps.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../kernel/index.ts';
import type { Extensions } from './extensions/extensions.ts';
import { serveExtensions } from './extensions/extensionsApi.ts';
import { fromFunction, toFunction } from './frames.ts';
import { responseBytesMax } from './limits.ts';

interface Head {
  requestId: string;
  functionArn: string;
  traceId: string;
  timeoutMs: number;
  clientContext?: string;
  cognitoIdentity?: string;
  tenantId?: string;
}

interface Pending {
  head: Head;
  payload: Buffer;
}

const version = '/2018-06-01/runtime';
/** Custom runtimes don't tell how much memory they hold. */
const noMemory = Buffer.alloc(4);

export class RuntimeApi {
  readonly #server: Server;
  readonly #clock: Clock;
  #onFrame: (kind: number, body: Buffer) => void = () => {};
  #asking: ServerResponse | undefined;
  #onAsked: (() => void) | undefined;
  #pending: Pending | undefined;
  #running: string | undefined;
  #initialized = false;
  /** Who waits to be restored. */
  #snapshot: ServerResponse | undefined;
  #isRestoring = false;
  #extensions: Extensions | undefined;
  readonly #name: string;

  private constructor(clock: Clock, name: string) {
    this.#clock = clock;
    this.#name = name;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    // A runtime asks for the next invocation and waits as long as it takes.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 0;
    this.#server.unref();
  }

  /** Listens on a free port of the loopback interface. @param place elsewhere, and what a runtime calls that. */
  static async listen(
    clock: Clock,
    place: { listen: string; name: string } = { listen: '127.0.0.1', name: '127.0.0.1' },
  ): Promise<RuntimeApi> {
    const api = new RuntimeApi(clock, place.name);
    await new Promise<void>((resolve, reject) => {
      api.#server.once('error', reject).listen(0, place.listen, resolve);
    });
    return api;
  }

  /** The value of AWS_LAMBDA_RUNTIME_API. */
  get address(): string {
    return `${this.#name}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param onFrame gets what a bootstrap of ours would have sent. */
  connect(onFrame: (kind: number, body: Buffer) => void): void {
    this.#onFrame = onFrame;
  }

  /** Its other paths are those of extensions. */
  serveExtensions(extensions: Extensions): void {
    this.#extensions = extensions;
  }

  /** Calls back once the runtime asks for its next invocation: at once if it does; never if it ends before. */
  whenAsked(run: () => void): void {
    if (this.#asking) run();
    else this.#onAsked = run;
  }

  /** Takes what would go to a bootstrap of ours. */
  send(bytes: Buffer): void {
    if (bytes[4] === toFunction.restore) {
      this.#restore();
      this.send(bytes.subarray(5));
      return;
    }
    if (bytes[4] !== toFunction.invoke) return;
    const body = bytes.subarray(5);
    const length = body.readUInt32BE(0);
    const head = JSON.parse(body.toString('utf8', 4, 4 + length)) as Head;
    this.#pending = { head, payload: body.subarray(4 + length) };
    this.#deliver();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    if (method === 'GET' && url === `${version}/invocation/next`) {
      this.#asking = response;
      if (this.#isRestoring) {
        this.#isRestoring = false;
        this.#onFrame(fromFunction.restored, Buffer.alloc(0));
      } else if (!this.#initialized) {
        this.#initialized = true;
        this.#onFrame(fromFunction.initialized, noMemory);
      }
      const onAsked = this.#onAsked;
      this.#onAsked = undefined;
      onAsked?.();
      this.#deliver();
      return;
    }
    if (method === 'GET' && url === `${version}/restore/next`) {
      // The function is initialized, hooks before the snapshot included; it goes on when it is restored.
      this.#snapshot = response;
      if (!this.#initialized) {
        this.#initialized = true;
        this.#onFrame(fromFunction.initialized, noMemory);
      }
      return;
    }
    if (this.#extensions && !url.startsWith(version))
      return serveExtensions(this.#extensions, request, response);
    const body = await read(request);
    if (body === undefined)
      return answer(response, 413, 'RequestEntityTooLarge', 'Exceeded maximum allowed payload size');
    if (method === 'POST' && url === `${version}/init/error`) {
      this.#onFrame(fromFunction.initFailed, errorBody(request, body));
      return answer(response, 202);
    }
    if (method === 'POST' && url === `${version}/restore/error`) {
      answer(response, 202);
      this.#onFrame(fromFunction.restoreFailed, errorBody(request, body));
      return;
    }
    const [, id, kind] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(url) ?? [];
    if (method !== 'POST' || id === undefined) return answer(response, 404, 'NotFound', 'No such path');
    if (id !== this.#running) return answer(response, 400, 'InvalidRequestID', 'Invalid request ID');
    this.#running = undefined;
    answer(response, 202);
    if (kind === 'response') this.#onFrame(fromFunction.result, Buffer.concat([noMemory, body]));
    else
      this.#onFrame(fromFunction.failed, Buffer.concat([noMemory, Buffer.of(0), errorBody(request, body)]));
  }

  /** SnapStart: runtimes that don't ask for it are restored as they stand. */
  #restore(): void {
    if (!this.#snapshot) {
      this.#onFrame(fromFunction.restored, Buffer.alloc(0));
      return;
    }
    this.#isRestoring = true;
    answer(this.#snapshot, 200);
    this.#snapshot = undefined;
  }

  #deliver(): void {
    const [asking, pending] = [this.#asking, this.#pending];
    if (!asking || !pending) return;
    this.#asking = undefined;
    this.#pending = undefined;
    const { head, payload } = pending;
    this.#running = head.requestId;
    asking.writeHead(200, {
      'content-type': 'application/json',
      'content-length': payload.length,
      'lambda-runtime-aws-request-id': head.requestId,
      'lambda-runtime-deadline-ms': String(this.#clock.now() + head.timeoutMs),
      'lambda-runtime-invoked-function-arn': head.functionArn,
      'lambda-runtime-trace-id': head.traceId,
      ...(head.clientContext === undefined ? {} : { 'lambda-runtime-client-context': head.clientContext }),
      ...(head.cognitoIdentity === undefined
        ? {}
        : { 'lambda-runtime-cognito-identity': head.cognitoIdentity }),
      ...(head.tenantId === undefined ? {} : { 'lambda-runtime-aws-tenant-id': head.tenantId }),
    });
    asking.end(payload);
  }
}

/** @returns undefined when it is longer than a response may be. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size <= responseBytesMax) parts.push(part as Buffer);
  }
  return size > responseBytesMax ? undefined : Buffer.concat(parts);
}

/** The error object as the runtime sent it; one made of its header when it sent none. */
function errorBody(request: IncomingMessage, body: Buffer): Buffer {
  if (body.length > 0) return body;
  const errorType = request.headers['lambda-runtime-function-error-type'] ?? 'Unhandled';
  return Buffer.from(JSON.stringify({ errorType, errorMessage: '' }));
}

function answer(response: ServerResponse, status: number, errorType?: string, errorMessage?: string): void {
  const body = JSON.stringify(errorType === undefined ? { status: 'OK' } : { errorType, errorMessage });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
