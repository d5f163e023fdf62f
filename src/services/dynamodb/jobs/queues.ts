/** The durable tasks of exports and imports. */
import type { Tasks } from '../../../tasks/port.ts';
import { taskRetry as retry } from '../limits.ts';
import type { Queues, Room } from '../room.ts';
import { findExport, findImport, forgetJob } from '../store/jobs.ts';
import { runExport } from './exports.ts';
import { runImport } from './imports.ts';

/** Jobs of a kind at work at once; more of them wait. */
const concurrency = 4;

export function jobQueues(tasks: Tasks, room: () => Room): Pick<Queues, 'imports' | 'exports' | 'forgets'> {
  return {
    imports: tasks.queue({
      name: 'dynamodb.import',
      retry,
      concurrency,
      run: ({ payload }, signal) => runImport(room(), payload, signal),
    }),
    exports: tasks.queue({
      name: 'dynamodb.export',
      retry,
      concurrency,
      run: ({ payload }, signal) => runExport(room(), payload, signal),
    }),
    forgets: tasks.queue({
      name: 'dynamodb.forgetJob',
      retry,
      concurrency: 1,
      run: async ({ payload }) => {
        const { kind, table, id } = payload;
        await room().items.store.transact(async (tx) => {
          const job =
            kind === 'import' ? await findImport(tx, payload, id) : await findExport(tx, payload, table, id);
          if (job) await forgetJob(tx, kind, job);
        });
      },
    }),
  };
}
