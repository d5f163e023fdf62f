/** CloudWatch Logs: groups, streams, events in time order, retention, filters. */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import {
  CreateLogGroup,
  DeleteLogGroup,
  DeleteRetentionPolicy,
  DescribeLogGroups,
  PutRetentionPolicy,
} from './operations/groups.ts';
import { PutLogEvents } from './operations/PutLogEvents.ts';
import { FilterLogEvents, GetLogEvents } from './operations/reading.ts';
import { CreateLogStream, DeleteLogStream, DescribeLogStreams } from './operations/streams.ts';
import {
  ListTagsForResource,
  ListTagsLogGroup,
  TagLogGroup,
  TagResource,
  UntagLogGroup,
  UntagResource,
} from './operations/tags.ts';
import { purgeGroup } from './purge.ts';
import { resources } from './resources.ts';
import { enforceRetention } from './retention.ts';
import { type LogsRoom, LogsStore } from './store.ts';

export const logs = defineService<LogsRoom>({
  name: 'logs',
  open(platform) {
    const store = new LogsStore(platform.store);
    return {
      store,
      newId: () => platform.ids.uuid(),
      retention: platform.tasks.queue({
        name: 'logs.retention',
        concurrency: 2,
        retry: { attemptsMax: 1_000_000, baseMs: 1_000, capMs: 60 * 60_000 },
        run: (task) => enforceRetention(store, platform.clock, task),
      }),
      purge: platform.tasks.queue({
        name: 'logs.purge',
        concurrency: 1,
        retry: { attemptsMax: 1_000_000, baseMs: 1_000, capMs: 60 * 60_000 },
        run: (task, signal) => purgeGroup(store, task, signal),
      }),
    };
  },
  operations: {
    CreateLogGroup,
    DeleteLogGroup,
    DescribeLogGroups,
    PutRetentionPolicy,
    DeleteRetentionPolicy,
    CreateLogStream,
    DeleteLogStream,
    DescribeLogStreams,
    PutLogEvents,
    GetLogEvents,
    FilterLogEvents,
    TagResource,
    UntagResource,
    ListTagsForResource,
    TagLogGroup,
    UntagLogGroup,
    ListTagsLogGroup,
  },
  authorize,
  resources,
});
