/** Where a function waits until a test lets it go on, however long the test takes to see what it wants to see. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';

export interface Gate {
  /** What is fetched from here is answered by `open`. */
  url: string;
  /** Resolves when so many wait; one unless told. */
  reached(count?: number): Promise<void>;
  /** Lets all go on who wait. */
  open(): void;
  close(): void;
}

export async function startGate(): Promise<Gate> {
  const waiting: ServerResponse[] = [];
  const server = createServer((_, answer) => waiting.push(answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached: (count = 1) => expect.poll(() => waiting.length).toBe(count),
    open: () => {
      for (const answer of waiting.splice(0)) answer.end();
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
