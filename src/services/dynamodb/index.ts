/** DynamoDB: the map of the room. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ */
import { defineService } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import { openQueues } from './background.ts';
import { ContributorInsights } from './contributorInsights.ts';
import { openCopyQueues } from './copies.ts';
import { Replicator } from './globalTables/replication.ts';
import { insightsPage } from './insightsPage.ts';
import { jobQueues } from './jobs/queues.ts';
import { KinesisDelivery } from './kinesisDelivery.ts';
import { DescribeEndpoints, DescribeLimits } from './operations/Account.ts';
import { CreateBackup, DeleteBackup, DescribeBackup, ListBackups } from './operations/Backups.ts';
import { BatchExecuteStatement } from './operations/BatchExecuteStatement.ts';
import { BatchGetItem } from './operations/BatchGetItem.ts';
import { BatchWriteItem } from './operations/BatchWriteItem.ts';
import { DescribeContinuousBackups, UpdateContinuousBackups } from './operations/ContinuousBackups.ts';
import {
  DescribeContributorInsights,
  ListContributorInsights,
  UpdateContributorInsights,
} from './operations/ContributorInsights.ts';
import { DeleteItem } from './operations/DeleteItem.ts';
import { ExecuteStatement } from './operations/ExecuteStatement.ts';
import { ExecuteTransaction } from './operations/ExecuteTransaction.ts';
import {
  DescribeExport,
  ExportTableToPointInTime,
  ListExports,
} from './operations/ExportTableToPointInTime.ts';
import { GetItem } from './operations/GetItem.ts';
import { DescribeGlobalTableSettings, UpdateGlobalTableSettings } from './operations/GlobalTableSettings.ts';
import {
  CreateGlobalTable,
  DescribeGlobalTable,
  ListGlobalTables,
  UpdateGlobalTable,
} from './operations/GlobalTables.ts';
import { DescribeImport, ImportTable, ListImports } from './operations/ImportTable.ts';
import { InFlight } from './operations/inFlight.ts';
import {
  DescribeKinesisStreamingDestination,
  DisableKinesisStreamingDestination,
  EnableKinesisStreamingDestination,
  UpdateKinesisStreamingDestination,
} from './operations/KinesisStreamingDestinations.ts';
import { PutItem } from './operations/PutItem.ts';
import { Query } from './operations/Query.ts';
import { DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy } from './operations/ResourcePolicies.ts';
import { RestoreTableFromBackup, RestoreTableToPointInTime } from './operations/RestoreTable.ts';
import { withCurrentTable } from './operations/request.ts';
import { Scan } from './operations/Scan.ts';
import {
  DescribeTableReplicaAutoScaling,
  UpdateTableReplicaAutoScaling,
} from './operations/TableReplicaAutoScaling.ts';
import { CreateTable, DeleteTable, DescribeTable, ListTables } from './operations/Tables.ts';
import { ListTagsOfResource, TagResource, UntagResource } from './operations/Tags.ts';
import { DescribeTimeToLive, UpdateTimeToLive } from './operations/TimeToLive.ts';
import { TransactGetItems } from './operations/TransactGetItems.ts';
import { TransactWriteItems } from './operations/TransactWriteItems.ts';
import { UpdateItem } from './operations/UpdateItem.ts';
import { UpdateTable } from './operations/UpdateTable.ts';
import { resources } from './resources/index.ts';
import type { Room } from './room.ts';
import { collectionFollower } from './store/collections.ts';
import { historyFollower } from './store/history.ts';
import { Items } from './store/items.ts';
import { Policies } from './store/policies.ts';
import { streamFollower } from './store/streams.ts';
import { Tables } from './store/tables.ts';
import { ThroughputMeter } from './throughput.ts';

export const dynamodb = defineService<Room>({
  name: 'dynamodb',
  open: (platform) => {
    const tables = new Tables(platform.store);
    const replicator = new Replicator(platform, tables);
    const meter =
      platform.config.dynamodb.throughput === 'enforce'
        ? new ThroughputMeter(platform.clock, platform.telemetry)
        : undefined;
    const items = new Items(
      platform.store,
      [
        collectionFollower,
        streamFollower(platform),
        historyFollower(platform.clock),
        replicator,
        new KinesisDelivery(platform),
      ],
      { metered: meter !== undefined },
    );
    replicator.attach(items);
    const queues = {
      ...openQueues(platform, tables, items, () => room),
      ...openCopyQueues(platform, () => room),
      ...jobQueues(platform.tasks, () => room),
    };
    const room: Room = {
      tables,
      items,
      policies: new Policies(platform.store),
      insights: new ContributorInsights(platform, tables),
      inFlight: new InFlight(),
      platform,
      clock: platform.clock,
      ids: platform.ids,
      config: platform.config.dynamodb,
      meter,
      queues,
      replicator,
    };
    return room;
  },
  close: async (room) => {
    room.tables.close();
    room.policies.close();
    await room.insights.close();
  },
  operations: {
    BatchExecuteStatement,
    BatchGetItem,
    BatchWriteItem: withCurrentTable(BatchWriteItem),
    CreateBackup,
    CreateGlobalTable: withCurrentTable(CreateGlobalTable),
    CreateTable,
    DeleteBackup,
    DeleteItem: withCurrentTable(DeleteItem),
    DeleteResourcePolicy,
    DeleteTable: withCurrentTable(DeleteTable),
    DescribeBackup,
    DescribeContinuousBackups,
    DescribeContributorInsights,
    DescribeEndpoints,
    DescribeExport,
    DescribeGlobalTable,
    DescribeGlobalTableSettings,
    DescribeImport,
    DescribeKinesisStreamingDestination,
    DescribeLimits,
    DescribeTable,
    DescribeTableReplicaAutoScaling,
    DescribeTimeToLive,
    DisableKinesisStreamingDestination: withCurrentTable(DisableKinesisStreamingDestination),
    EnableKinesisStreamingDestination: withCurrentTable(EnableKinesisStreamingDestination),
    ExecuteStatement: withCurrentTable(ExecuteStatement),
    ExecuteTransaction: withCurrentTable(ExecuteTransaction),
    ExportTableToPointInTime,
    GetItem,
    GetResourcePolicy,
    ImportTable,
    ListBackups,
    ListContributorInsights,
    ListExports,
    ListGlobalTables,
    ListImports,
    ListTables,
    ListTagsOfResource,
    PutItem: withCurrentTable(PutItem),
    PutResourcePolicy,
    Query,
    RestoreTableFromBackup,
    RestoreTableToPointInTime,
    Scan,
    TagResource: withCurrentTable(TagResource),
    TransactGetItems,
    TransactWriteItems: withCurrentTable(TransactWriteItems),
    UntagResource: withCurrentTable(UntagResource),
    UpdateContinuousBackups,
    UpdateContributorInsights: withCurrentTable(UpdateContributorInsights),
    UpdateGlobalTable: withCurrentTable(UpdateGlobalTable),
    UpdateGlobalTableSettings: withCurrentTable(UpdateGlobalTableSettings),
    UpdateItem: withCurrentTable(UpdateItem),
    UpdateKinesisStreamingDestination: withCurrentTable(UpdateKinesisStreamingDestination),
    UpdateTable: withCurrentTable(UpdateTable),
    UpdateTableReplicaAutoScaling,
    UpdateTimeToLive: withCurrentTable(UpdateTimeToLive),
  },
  authorize,
  resources,
  pages: { 'contributor-insights': insightsPage },
});
