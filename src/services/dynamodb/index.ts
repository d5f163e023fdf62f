/** DynamoDB: the map of the room. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { openQueues } from './background.ts';
import { Replicator } from './globalTables/replication.ts';
import { DescribeContinuousBackups, DescribeEndpoints, DescribeLimits } from './operations/Account.ts';
import { BatchGetItem } from './operations/BatchGetItem.ts';
import { BatchWriteItem } from './operations/BatchWriteItem.ts';
import { DeleteItem } from './operations/DeleteItem.ts';
import { GetItem } from './operations/GetItem.ts';
import { InFlight } from './operations/inFlight.ts';
import { PutItem } from './operations/PutItem.ts';
import { Query } from './operations/Query.ts';
import { withCurrentTable } from './operations/request.ts';
import { Scan } from './operations/Scan.ts';
import { CreateTable, DeleteTable, DescribeTable, ListTables } from './operations/Tables.ts';
import { ListTagsOfResource, TagResource, UntagResource } from './operations/Tags.ts';
import { DescribeTimeToLive, UpdateTimeToLive } from './operations/TimeToLive.ts';
import { TransactGetItems } from './operations/TransactGetItems.ts';
import { TransactWriteItems } from './operations/TransactWriteItems.ts';
import { UpdateItem } from './operations/UpdateItem.ts';
import { UpdateTable } from './operations/UpdateTable.ts';
import { resources } from './resources.ts';
import type { Room } from './room.ts';
import { historyFollower } from './store/history.ts';
import { Items } from './store/items.ts';
import { streamFollower } from './store/streams.ts';
import { Tables } from './store/tables.ts';

export const dynamodb = defineService<Room>({
  name: 'dynamodb',
  open: (platform) => {
    const tables = new Tables(platform.store);
    const replicator = new Replicator(platform, tables);
    const items = new Items(platform.store, [
      streamFollower(platform),
      historyFollower(platform.clock),
      replicator,
    ]);
    replicator.attach(items);
    const queues = openQueues(platform, tables, items, () => room);
    const room: Room = {
      tables,
      items,
      inFlight: new InFlight(),
      platform,
      clock: platform.clock,
      ids: platform.ids,
      config: platform.config.dynamodb,
      queues,
      replicator,
    };
    return room;
  },
  close: async (room) => room.tables.close(),
  operations: {
    BatchGetItem,
    BatchWriteItem: withCurrentTable(BatchWriteItem),
    CreateTable,
    DeleteItem: withCurrentTable(DeleteItem),
    DeleteTable: withCurrentTable(DeleteTable),
    DescribeContinuousBackups,
    DescribeEndpoints,
    DescribeLimits,
    DescribeTable,
    DescribeTimeToLive,
    GetItem,
    ListTables,
    ListTagsOfResource,
    PutItem: withCurrentTable(PutItem),
    Query,
    Scan,
    TagResource: withCurrentTable(TagResource),
    TransactGetItems,
    TransactWriteItems: withCurrentTable(TransactWriteItems),
    UntagResource: withCurrentTable(UntagResource),
    UpdateItem: withCurrentTable(UpdateItem),
    UpdateTable: withCurrentTable(UpdateTable),
    UpdateTimeToLive: withCurrentTable(UpdateTimeToLive),
  },
  authorize,
  resources,
});
