/**
 * What a mapping is told to do, checked as AWS checks it, and shown. Pure.
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
import type {
  CreateEventSourceMappingCommandInput,
  EventSourceMappingConfiguration,
  UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda';
import { formatArn, NotImplemented, parseArn } from '../../../kernel/index.ts';
import { compileFilter, InvalidPattern } from '../domain/eventFilter.ts';
import { functionArn } from '../domain/names.ts';
import { InvalidParameterValueException } from '../errors.ts';
import { batchWithoutWindowMax, fifoBatchMax, filtersMax, recordAgeSecondsMin } from './limits.ts';
import type { MappingRecord, MappingSettings, SourceKind } from './records.ts';

/** What Create and Update have in common: a member absent keeps what is set. */
type Input = Omit<CreateEventSourceMappingCommandInput, 'FunctionName' | 'Tags'> &
  Omit<UpdateEventSourceMappingCommandInput, 'UUID' | 'FunctionName'>;

const invalid = (message: string) => new InvalidParameterValueException(message);

const kinds: Readonly<Record<string, { kind: SourceKind; resource: RegExp }>> = {
  dynamodb: { kind: 'dynamodb', resource: /^table\/[^/]+\/stream\/.+$/ },
  kinesis: { kind: 'kinesis', resource: /^stream\/[^/]+$/ },
  sqs: { kind: 'sqs', resource: /^[^/]+$/ },
};

/** Sources that AWS has and Brume doesn't. */
const unsupported = new Set(['kafka', 'mq', 'rds']);

/** @throws InvalidParameterValueException when no function can be mapped to it. */
export function kindOfSource(arn: string): SourceKind {
  const parts = parseArn(arn);
  const service = parts?.service ?? '';
  if (unsupported.has(service)) throw new NotImplemented(`Lambda event source mapping of ${service}`);
  const found = kinds[service];
  if (service === 'kinesis' && /\/consumer\//.test(parts?.resource ?? '')) {
    throw new NotImplemented('Lambda event source mapping of a Kinesis stream consumer');
  }
  if (!parts || !found?.resource.test(parts.resource)) throw invalid('Unrecognized event source.');
  return found.kind;
}

export function defaultMappingSettings(kind: SourceKind): MappingSettings {
  return {
    batchSize: kind === 'sqs' ? 10 : 100,
    windowSeconds: 0,
    filters: [],
    functionResponseTypes: [],
    onFailure: undefined,
    startingPosition: undefined,
    startingTimestamp: undefined,
    parallelizationFactor: 1,
    maximumRecordAge: -1,
    maximumRetryAttempts: -1,
    bisect: false,
    tumblingWindow: 0,
    maximumConcurrency: undefined,
    metrics: [],
  };
}

/** Where reading begins can't be changed later. @throws InvalidParameterValueException */
export function startingPosition(
  kind: SourceKind,
  arn: string,
  input: CreateEventSourceMappingCommandInput,
  now: number,
): Pick<MappingSettings, 'startingPosition' | 'startingTimestamp'> {
  const { StartingPosition: position, StartingPositionTimestamp: timestamp } = input;
  if (kind === 'sqs') {
    if (position !== undefined) throw invalid('StartingPosition is not valid for SQS event sources.');
    return { startingPosition: undefined, startingTimestamp: undefined };
  }
  if (position === undefined) {
    throw invalid(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  }
  if (position !== 'AT_TIMESTAMP') return { startingPosition: position, startingTimestamp: undefined };
  if (kind === 'dynamodb') throw invalid(`Unsupported starting position for arn type: ${arn}`);
  if (timestamp === undefined) throw invalid('Need to specify a timestamp');
  const startingTimestamp = new Date(timestamp).getTime();
  if (startingTimestamp > now) throw invalid('Starting position timestamp must not be in the future');
  return { startingPosition: position, startingTimestamp };
}

/** @throws InvalidParameterValueException, NotImplemented */
export function changeMappingSettings(
  before: MappingSettings,
  input: Input,
  source: { kind: SourceKind; arn: string },
): MappingSettings {
  refuse(input, source.kind);
  const next: MappingSettings = {
    ...before,
    batchSize: input.BatchSize ?? before.batchSize,
    windowSeconds: input.MaximumBatchingWindowInSeconds ?? before.windowSeconds,
    filters: input.FilterCriteria ? filtersOf(input.FilterCriteria) : before.filters,
    functionResponseTypes: input.FunctionResponseTypes ?? before.functionResponseTypes,
    onFailure: input.DestinationConfig ? destinationOf(input.DestinationConfig) : before.onFailure,
    parallelizationFactor: input.ParallelizationFactor ?? before.parallelizationFactor,
    maximumRecordAge: input.MaximumRecordAgeInSeconds ?? before.maximumRecordAge,
    maximumRetryAttempts: input.MaximumRetryAttempts ?? before.maximumRetryAttempts,
    bisect: input.BisectBatchOnFunctionError ?? before.bisect,
    tumblingWindow: input.TumblingWindowInSeconds ?? before.tumblingWindow,
    // An empty ScalingConfig takes the limit away.
    maximumConcurrency: input.ScalingConfig
      ? input.ScalingConfig.MaximumConcurrency
      : before.maximumConcurrency,
    metrics: input.MetricsConfig ? [...(input.MetricsConfig.Metrics ?? [])] : before.metrics,
  };
  checkTogether(next, source);
  return next;
}

/** Members that only sources of another kind have. */
const streamOnly = [
  'ParallelizationFactor',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'BisectBatchOnFunctionError',
  'TumblingWindowInSeconds',
  'DestinationConfig',
] as const;
const otherSourcesOnly = [
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
  'LoggingConfig',
] as const;

function refuse(input: Input, kind: SourceKind): void {
  const names = [
    ...otherSourcesOnly,
    ...(kind === 'sqs' ? streamOnly : (['ScalingConfig', 'ProvisionedPollerConfig'] as const)),
  ];
  const wrong = names.find((name) => isGiven(input[name]));
  if (wrong !== undefined) {
    throw invalid(`Unsupported ${wrong} parameter for given event source mapping type.`);
  }
  if (isGiven(input.DestinationConfig?.OnSuccess)) {
    throw invalid('Unsupported DestinationConfig parameter for given event source mapping type.');
  }
  if (isGiven(input.ProvisionedPollerConfig)) {
    throw new NotImplemented('Lambda provisioned mode of event source mappings');
  }
  if (input.KMSKeyArn) throw new NotImplemented('Lambda encryption of filter criteria');
}

/** Empty lists and objects say nothing. */
function isGiven(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function filtersOf({ Filters = [] }: NonNullable<Input['FilterCriteria']>): string[] {
  if (Filters.length > filtersMax) throw invalid(`A maximum of ${filtersMax} filters is allowed.`);
  return Filters.map(({ Pattern = '' }) => {
    try {
      compileFilter(Pattern);
    } catch (error) {
      if (error instanceof InvalidPattern) throw invalid('Invalid filter pattern definition.');
      throw error;
    }
    return Pattern;
  });
}

function destinationOf({ OnFailure }: NonNullable<Input['DestinationConfig']>): string | undefined {
  const arn = OnFailure?.Destination;
  if (arn === undefined || arn === '') return undefined;
  const service = arn.startsWith('kafka://') ? 'kafka' : parseArn(arn)?.service;
  if (service === 'kafka') throw new NotImplemented('Lambda destination of kafka');
  if (service !== 'sqs' && service !== 'sns' && service !== 's3') {
    throw invalid(`The provided destination config DestinationConfig is invalid: ${arn}`);
  }
  return arn;
}

function checkTogether(settings: MappingSettings, { kind, arn }: { kind: SourceKind; arn: string }): void {
  const { batchSize, windowSeconds, maximumRecordAge } = settings;
  if (kind === 'sqs' && arn.endsWith('.fifo')) {
    if (batchSize > fifoBatchMax) {
      throw invalid(`Batch size must be less than or equal to ${fifoBatchMax} for FIFO queues.`);
    }
    if (windowSeconds > 0) throw invalid('Batching window is not supported for FIFO queues.');
  }
  if (kind === 'sqs' && batchSize > batchWithoutWindowMax && windowSeconds === 0) {
    throw invalid(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
  }
  if (maximumRecordAge !== -1 && maximumRecordAge < recordAgeSecondsMin) {
    throw invalid(`Maximum record age must be -1 or at least ${recordAgeSecondsMin} seconds.`);
  }
}

export function mappingArn({ account, region, uuid }: Pick<MappingRecord, 'account' | 'region' | 'uuid'>) {
  return formatArn({ service: 'lambda', region, account, resource: `event-source-mapping:${uuid}` });
}

/** @returns undefined when it is the ARN of something else. */
export function parseMappingArn(text: string): { account: string; region: string; uuid: string } | undefined {
  const arn = parseArn(text);
  const uuid = /^event-source-mapping:([0-9a-fA-F-]+)$/.exec(arn?.resource ?? '')?.[1];
  if (arn?.service !== 'lambda' || uuid === undefined) return undefined;
  return { account: arn.account, region: arn.region, uuid };
}

export function describeMapping(record: MappingRecord): EventSourceMappingConfiguration {
  const { settings, kind } = record;
  const { filters, lastResult } = { filters: settings.filters, lastResult: record.lastResult };
  return {
    UUID: record.uuid,
    EventSourceMappingArn: mappingArn(record),
    EventSourceArn: record.sourceArn,
    FunctionArn: functionArn(record.function, record.function.qualifier),
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.windowSeconds,
    FunctionResponseTypes: settings.functionResponseTypes as 'ReportBatchItemFailures'[],
    LastModified: new Date(record.lastModified),
    State: record.state,
    ...(filters.length > 0 ? { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } } : {}),
    ...(settings.metrics.length > 0
      ? { MetricsConfig: { Metrics: settings.metrics as 'EventCount'[] } }
      : {}),
    ...(kind === 'sqs' ? describeQueue(settings, lastResult) : describeStream(settings, lastResult)),
  };
}

/** Queues say who began a change in other words than streams, and have a result only when there is a problem. */
function describeQueue({ maximumConcurrency }: MappingSettings, lastResult: string | undefined) {
  return {
    StateTransitionReason: 'USER_INITIATED',
    ...(lastResult?.startsWith('PROBLEM') ? { LastProcessingResult: lastResult } : {}),
    ...(maximumConcurrency === undefined
      ? {}
      : { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
  };
}

function describeStream(
  settings: MappingSettings,
  lastResult: string | undefined,
): Partial<EventSourceMappingConfiguration> {
  const { onFailure, startingPosition: position, startingTimestamp } = settings;
  return {
    StateTransitionReason: 'User action',
    LastProcessingResult: lastResult ?? 'No records processed',
    ...(position === undefined ? {} : { StartingPosition: position }),
    ...(startingTimestamp === undefined ? {} : { StartingPositionTimestamp: new Date(startingTimestamp) }),
    DestinationConfig: { OnFailure: onFailure === undefined ? {} : { Destination: onFailure } },
    ParallelizationFactor: settings.parallelizationFactor,
    MaximumRecordAgeInSeconds: settings.maximumRecordAge,
    MaximumRetryAttempts: settings.maximumRetryAttempts,
    BisectBatchOnFunctionError: settings.bisect,
    TumblingWindowInSeconds: settings.tumblingWindow,
  };
}
