/** The shapes of what is kept of event source mappings. Names are AWS's. */

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html, State */
export type MappingState =
  | 'Creating'
  | 'Enabling'
  | 'Enabled'
  | 'Disabling'
  | 'Disabled'
  | 'Updating'
  | 'Deleting';

export type SourceKind = 'dynamodb' | 'kinesis' | 'sqs';

export interface MappingSettings {
  batchSize: number;
  /** MaximumBatchingWindowInSeconds. */
  windowSeconds: number;
  /** Patterns of FilterCriteria; a record passes that any of them matches. */
  filters: string[];
  functionResponseTypes: string[];
  onFailure: string | undefined;
  startingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP' | undefined;
  /** Milliseconds since the epoch. */
  startingTimestamp: number | undefined;
  parallelizationFactor: number;
  /** Seconds; -1: as long as the source keeps them. */
  maximumRecordAge: number;
  /** -1: no end. */
  maximumRetryAttempts: number;
  bisect: boolean;
  /** Seconds; 0: none. */
  tumblingWindow: number;
  /** Of SQS: invocations at a time. */
  maximumConcurrency: number | undefined;
  metrics: string[];
}

export interface MappingRecord {
  uuid: string;
  account: string;
  region: string;
  sourceArn: string;
  kind: SourceKind;
  function: { account: string; region: string; name: string; qualifier: string | undefined };
  state: MappingState;
  /** Where the state is going. */
  enabled: boolean;
  /** Counts changes: a poller stops when it isn't the one it began with. */
  revision: number;
  /** Whether StartingPosition has been made into places in the shards. */
  started: boolean;
  settings: MappingSettings;
  tags: Record<string, string>;
  /** LastProcessingResult. */
  lastResult: string | undefined;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

/** How far a shard has been processed. */
export interface ShardProgress {
  /** Every record up to this sequence number is done with. */
  after?: string;
  /**
   * Before the first is: where to begin. The iterator is from `since`; when it has expired, the oldest records are read
   * again and those before `since` are passed over.
   */
  start?: { iterator: string; since: number };
  /** It was read to its end: its children may begin. */
  done?: boolean;
  /** Of ParallelizationFactor: the last record done in each of `after.length` lanes, beyond `after` above. */
  lanes?: (string | null)[];
  /** The tumbling window that is open: JSON text of its state. */
  window?: { start: number; state: string };
}
