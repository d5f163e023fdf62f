/** dynalite with its in-memory store: the peer that Node developers use for DynamoDB alone. */
import type { AddressInfo, Server } from 'node:net';
// @ts-expect-error dynalite ships no types.
import dynalite from 'dynalite';

const server = dynalite({ createTableMs: 0 }) as Server;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening ${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
