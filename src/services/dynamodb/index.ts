/** DynamoDB: the map of the room. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { openQueues } from './background.ts';
import { DeleteItem } from './operations/DeleteItem.ts';
import { GetItem } from './operations/GetItem.ts';
import { PutItem } from './operations/PutItem.ts';
import { Query } from './operations/Query.ts';
import { withCurrentTable } from './operations/request.ts';
import { Scan } from './operations/Scan.ts';
import { CreateTable, DeleteTable, DescribeTable, ListTables } from './operations/Tables.ts';
import { ListTagsOfResource, TagResource, UntagResource } from './operations/Tags.ts';
import { UpdateItem } from './operations/UpdateItem.ts';
import type { Room } from './room.ts';
import { Items } from './store/items.ts';
import { Tables } from './store/tables.ts';

export const dynamodb = defineService<Room>({
  name: 'dynamodb',
  open: (platform) => {
    const tables = new Tables(platform.store);
    const items = new Items(platform.store, async () => {});
    const queues = openQueues(platform, tables, items);
    return { tables, items, platform, clock: platform.clock, ids: platform.ids, queues };
  },
  close: async (room) => room.tables.close(),
  operations: {
    CreateTable,
    DeleteItem: withCurrentTable(DeleteItem),
    DeleteTable: withCurrentTable(DeleteTable),
    DescribeTable,
    GetItem,
    ListTables,
    ListTagsOfResource,
    PutItem: withCurrentTable(PutItem),
    Query,
    Scan,
    TagResource: withCurrentTable(TagResource),
    UntagResource: withCurrentTable(UntagResource),
    UpdateItem: withCurrentTable(UpdateItem),
  },
  authorize,
});
