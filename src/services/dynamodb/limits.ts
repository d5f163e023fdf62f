/**
 * Bounds of DynamoDB, each with its source:
 * [Q] https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 * [C] https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 * [N] https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 * [W] https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
 * [M] https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-switching-capacity-modes.html
 * [A] the operation's page in the API reference
 */
export const limits = {
  /** Bytes. [C] Item size. */
  itemBytesMax: 400 * 1024,
  /** Bytes. [C] Partition key length. */
  partitionKeyBytesMax: 2048,
  /** Bytes. [C] Sort key length. */
  sortKeyBytesMax: 1024,
  /** [C] Nested attributes: depth. */
  nestingMax: 32,
  /** Bytes. [N] Naming rules: attributes. */
  attributeNameBytesMax: 65_535,
  /** Significant digits. [N] Number. */
  numberDigitsMax: 38,
  /** Exponent of the leading digit: 9.99…E+125. [N] Number. */
  numberExponentMax: 125,
  /** Exponent of the leading digit: 1E-130. [N] Number. */
  numberExponentMin: -130,
  /** Bytes. [C] Expression parameters: maximum length of any expression string. */
  expressionBytesMax: 4096,
  /** [C] Operators or functions in an UpdateExpression or a condition. */
  expressionOperatorsMax: 300,
  /** [C] Operands of the IN comparator. */
  inOperandsMax: 100,
  /** Partitions that IN may name in PartiQL, and how many of them a page reads. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html */
  statementPartitionsMax: 50,
  statementPagePartitions: 10,
  /** Dereferences in a document path: one a nesting level. [C] */
  pathDepthMax: 32,
  /** Bytes. [C] Expression attribute names and values, each. */
  placeholderBytesMax: 255,
  /** Bytes. [A] Query, Scan: a page. */
  pageBytesMax: 1024 * 1024,
  /** [A] BatchGetItem. */
  batchGetItemsMax: 100,
  /** Bytes. [A] BatchGetItem: the size of an answer. */
  batchGetBytesMax: 16 * 1024 * 1024,
  /** [A] BatchWriteItem. */
  batchWriteItemsMax: 25,
  /** [A] TransactWriteItems, TransactGetItems. */
  transactItemsMax: 100,
  /** Bytes. [A] TransactWriteItems, TransactGetItems: all items together. */
  transactBytesMax: 4 * 1024 * 1024,
  /** Milliseconds. [A] TransactWriteItems: how long a ClientRequestToken is remembered. */
  transactTokenMs: 10 * 60 * 1000,
  /** Bytes. [Q] Item collections: all items of one partition key in a table with local indexes. */
  itemCollectionBytesMax: 10 * 1024 ** 3,
  /** [Q] Secondary indexes per table. */
  localSecondaryIndexesMax: 5,
  globalSecondaryIndexesMax: 20,
  /** [GSI.DesignPattern.MultiAttributeKeys] Attributes of a global index's partition key, and of its sort key. */
  composedKeyAttributesMax: 4,
  /** [Q] Projected secondary index attributes per table (INCLUDE), over all indexes. */
  projectedAttributesMax: 100,
  /** [Q] Tables per account and region (the quota that can be raised to 10,000). */
  tablesMax: 2500,
  /** [A] CreateTable, errors: table operations of an account at a time. */
  tableOperationsMax: 500,
  /** Tables and indexes whose throughput is metered at a time; ours. */
  throughputMeters: 20_000,
  /** Milliseconds that a change waits for its Kinesis stream before it is given up. Developer guide, “Kinesis Data Streams”. */
  kinesisRetryMs: 24 * 3600 * 1000,
  /** Changes, and bytes of them, sent to Kinesis between two notes of how far it came; ours. */
  kinesisBatchRecords: 100,
  kinesisBatchBytes: 4 * 1024 * 1024,
  /** Milliseconds. Waits between attempts while Kinesis refuses; ours. */
  kinesisWaitMinMs: 1000,
  kinesisWaitMaxMs: 300_000,
  /** [A] ListContributorInsights. */
  listInsightsMax: 100,
  /** Keys that insights tell apart in a minute, and of those that they keep; ours, CloudWatch reports 100. */
  insightsKeys: 500,
  insightsContributors: 100,
  /** Milliseconds that what insights counted is kept; ours. */
  insightsKeptMs: 24 * 3600 * 1000,
  /** Bytes. [A] PutResourcePolicy: Policy. */
  resourcePolicyBytesMax: 20 * 1024,
  /** Units a second. [W] What an on-demand table or index begins with. */
  warmReadUnitsMin: 12_000,
  warmWriteUnitsMin: 4_000,
  /** [Q] Decreases of provisioned throughput in a UTC day before they must be an hour apart. */
  decreasesFree: 4,
  /** Milliseconds. [Q] The hour. */
  decreaseMs: 3600 * 1000,
  /** [M] Switches to on-demand mode in 24 hours. */
  onDemandSwitchesMax: 4,
  /** Milliseconds. [M] */
  onDemandSwitchMs: 24 * 3600 * 1000,
  /** [A] ListTables. */
  listTablesMax: 100,
  /** [A] TagResource. */
  tagsMax: 50,
  /** [A] Tag. */
  tagKeyCharactersMax: 128,
  tagValueCharactersMax: 256,
  /** [A] Scan. */
  segmentsMax: 1_000_000,
  /** Milliseconds. [Q] DynamoDB Streams keeps records for 24 hours. */
  streamRetentionMs: 24 * 3600 * 1000,
  /** Milliseconds: AWS closes shards after about four hours. */
  streamShardMs: 4 * 3600 * 1000,
  /** Changes a minute after which a shard is divided: a partition takes 1,000 write units a second. [Q] */
  streamShardRecordsPerMinute: 60_000,
  /** Open shards of one stream; ours: every change reads where they begin. */
  streamOpenShardsMax: 32,
  /** [A] GetRecords of DynamoDB Streams. */
  streamRecordsMax: 1000,
  /** [A] ListStreams, DescribeStream. */
  streamPageMax: 100,
  /** Milliseconds. [A] GetShardIterator: an iterator expires after 15 minutes. */
  shardIteratorMs: 15 * 60 * 1000,
  /** Milliseconds between two looks for old stream records; ours. */
  streamTrimMs: 3600 * 1000,
  /** Compiled expressions kept in memory; ours, so that hostile texts can't fill it. */
  expressionCacheEntries: 2000,
  /** Characters of all parsed PartiQL statements kept in memory; ours, for the same reason. */
  statementCacheCharacters: 500_000,
  /** [A] DescribeLimits: default account and table quotas. */
  capacityUnitsPerAccountMax: 80_000,
  capacityUnitsPerTableMax: 40_000,
  /** Milliseconds. [TTL] items are deleted “within a few days”; we look once a minute. */
  timeToLiveSweepMs: 60_000,
  /** [A] RestoreTableFromBackup: concurrent restores of an account. */
  restoresMax: 50,
  /** [A] ListBackups. */
  listBackupsMax: 100,
  /** [A] PointInTimeRecoverySpecification: RecoveryPeriodInDays. */
  recoveryDaysMax: 35,
  /** Milliseconds. [A] BackupDetails: a system backup expires 35 days after its creation. */
  systemBackupMs: 35 * 24 * 3600 * 1000,
  /** Milliseconds between two looks for changes that nobody can recover any more; ours. */
  historyTrimMs: 3600 * 1000,
  /** Milliseconds of a day. */
  dayMs: 24 * 3600 * 1000,
  /** Items looked at in one transaction of a backfill, purge or sweep; ours. */
  sweepItems: 200,
  /** Bytes of them that are in memory then; ours. */
  sweepBytes: 4 * 1024 * 1024,
  /** [Q] Imports, and exports, of an account and region in progress at a time. */
  importsMax: 50,
  exportsMax: 300,
  /** [A] ListImports, ListExports; the page of who names no size is as observed. */
  jobPageDefault: 10,
  /** Milliseconds. [A] ImportTable, ExportTableToPointInTime: how long a ClientToken is remembered. */
  jobTokenMs: 8 * 3600 * 1000,
  /** Milliseconds. [A] ListImports, ListExports: jobs of the last 90 days. */
  jobKeptMs: 90 * 24 * 3600 * 1000,
  /** Items, and bytes of them, imported in one transaction; ours. */
  jobBatchItems: 200,
  jobBatchBytes: 4 * 1024 * 1024,
  /** Items, and bytes of them, in one data file of an export; ours. */
  exportFileItems: 200_000,
  exportFileBytes: 256 * 1024 * 1024,
  /** Items, and bytes of them, carried to a replica in one transaction; ours. */
  replicatedItems: 100,
  replicatedBytes: 4 * 1024 * 1024,
  /** [A] V2globaltables_HowItWorks: the Regions among which multi-Region strong consistency is available. */
  strongRegionSets: [
    ['us-east-1', 'us-east-2', 'us-west-2'],
    ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1'],
    ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
  ] as readonly (readonly string[])[],
} as const;

/** Of durable tasks that must come to their end whatever happens: a day of attempts, nearly. Ours. */
export const taskRetry = { attemptsMax: 1000, baseMs: 100, factor: 2, capMs: 60_000, jitter: 0.5 };
