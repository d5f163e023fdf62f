/**
 * The yardstick: node:http and LMDB, nothing else. `GET` answers the value of the key; `POST` stores the body durably
 * and answers when it is on disk. The same storage settings as the product's store.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { open } from 'lmdb';

const db = open<Buffer, string>({ path: `${process.argv[2]}/bare.mdb`, encoding: 'binary', pageSize: 8192 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (request.headers['x-bench'] === 'put') {
      void db.put(request.url as string, body).then(async () => {
        await db.flushed;
        answer(Buffer.from('{}'));
      });
    } else {
      answer(db.get(request.url as string) ?? Buffer.from('{}'));
    }
  });
  const answer = (body: Buffer) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': body.length });
    response.end(body);
  };
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening ${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
