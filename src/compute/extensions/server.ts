/** What AWS_LAMBDA_RUNTIME_API names where the runtime is one of Brume's own, which needs no such interface: extensions do. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Extensions } from './extensions.ts';
import { serveExtensions } from './extensionsApi.ts';

export class ExtensionsServer {
  readonly #server: Server;
  #extensions: Extensions | undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      if (!this.#extensions) response.destroy();
      else serveExtensions(this.#extensions, request, response).catch(() => response.destroy());
    });
    // An extension asks for its next event and waits as long as it takes.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 0;
    this.#server.unref();
  }

  /** Listens on a free port of the loopback interface; each environment has its own. */
  static async listen(): Promise<ExtensionsServer> {
    const server = new ExtensionsServer();
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  serveExtensions(extensions: Extensions): void {
    this.#extensions = extensions;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
