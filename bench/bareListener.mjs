// A bare Node process that opens LMDB and listens: what any start on this machine costs at least.
import { createServer } from 'node:http';
import { open } from 'lmdb';

const db = open({ path: `${process.argv[2]}/bare.mdb`, encoding: 'binary', pageSize: 8192 });
createServer((_request, response) => {
  db.get('x');
  response.end('{}');
}).listen(Number(process.argv[3]), '127.0.0.1');
