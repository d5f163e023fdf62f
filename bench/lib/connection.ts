/** One connection and one request under way on it, at as little cost to the client as can be. */
import { connect } from 'node:net';

export interface Connection {
  /** @param request its bytes in base64. @returns the body. @throws when the status isn't the one expected. */
  exchange(request: string): Promise<Buffer>;
  close(): void;
}

/** @param expectStatus of every answer. */
export function openConnection(port: number, expectStatus = 200): Connection {
  const expected = `HTTP/1.1 ${expectStatus}`;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let chunks: Buffer[] = [];
  let missing = Number.POSITIVE_INFINITY;
  let bodyAt = 0;
  let settle: { resolve(body: Buffer): void; reject(cause: unknown): void } | undefined;
  const done = () => {
    const answer = Buffer.concat(chunks);
    chunks = [];
    missing = Number.POSITIVE_INFINITY;
    if (answer.toString('latin1', 0, 12) === expected) settle?.resolve(answer.subarray(bodyAt));
    else settle?.reject(new Error(answer.toString('utf8', 0, 1000)));
  };
  socket.on('error', (error) => settle?.reject(error));
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (missing === Number.POSITIVE_INFINITY) {
      const head = chunks.length === 1 ? chunk : Buffer.concat(chunks);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(head.toString('latin1', 0, end))?.[1];
      bodyAt = end + 4;
      missing = bodyAt + Number(length) - head.length;
    } else {
      missing -= chunk.length;
    }
    if (missing <= 0) done();
  });
  return {
    exchange: (request) =>
      new Promise<Buffer>((resolve, reject) => {
        settle = { resolve, reject };
        socket.write(request, 'base64');
      }),
    close: () => socket.end(),
  };
}

/**
 * Sends many different requests as fast as they are answered: filling a table before it is measured.
 * @param next the next request in base64; undefined: no more.
 */
export async function feed(
  port: number,
  connections: number,
  next: () => string | undefined,
  expectStatus = 200,
): Promise<void> {
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = openConnection(port, expectStatus);
      for (let request = next(); request !== undefined; request = next()) await connection.exchange(request);
      connection.close();
    }),
  );
}
