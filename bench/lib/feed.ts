/** Sends many different requests as fast as they are answered: filling a table before it is measured. */
import { connect } from 'node:net';

/**
 * @param next the bytes of the next request in base64; undefined: no more. One request a connection is under way.
 * @throws when an answer isn't 200.
 */
export async function feed(port: number, connections: number, next: () => string | undefined): Promise<void> {
  await Promise.all(
    Array.from({ length: connections }, async () => {
      await new Promise<void>((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', noDelay: true });
        let pending = '';
        const send = () => {
          const request = next();
          if (request === undefined) socket.end(resolve);
          else socket.write(request, 'base64');
        };
        socket.on('connect', send);
        socket.on('error', reject);
        socket.on('data', (chunk: Buffer) => {
          pending += chunk.toString('latin1');
          const headEnd = pending.indexOf('\r\n\r\n');
          const length = /\r\ncontent-length: *(\d+)/i.exec(pending)?.[1];
          if (headEnd < 0 || pending.length < headEnd + 4 + Number(length)) return;
          if (!pending.startsWith('HTTP/1.1 200')) reject(new Error(pending.slice(0, 1000)));
          pending = '';
          send();
        });
      });
    }),
  );
}
