/** Kinesis destinations of tables. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html */
import { AwsError, parseArn } from '../../../kernel/index.ts';
import type { Precision } from '../domain/kinesisRecords.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { destinationIdOf } from '../kinesisDelivery.ts';
import type { Context } from '../room.ts';
import {
  type Destination,
  endOutbox,
  getDestination,
  getOutbox,
  listDestinations,
  putDestination,
} from '../store/kinesis.ts';
import { controlTable } from './Tables.ts';

interface PrecisionSetting {
  ApproximateCreationDateTimePrecision?: Precision;
}

interface DestinationInput {
  TableName: string;
  StreamArn: string;
  EnableKinesisStreamingConfiguration?: PrecisionSetting;
}

/** At most one destination of a table is live; others that it had stay in its description. */
export async function EnableKinesisStreamingDestination(
  ctx: Context,
  input: DestinationInput,
): Promise<object> {
  const { room } = ctx;
  const { StreamArn: streamArn, EnableKinesisStreamingConfiguration: configuration } = input;
  const table = await controlTable(ctx, input.TableName);
  if (table.kinesisDestination !== undefined || table.status === 'DELETING') {
    throw wrongState(
      'EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.',
    );
  }
  const failure = await failureOf(ctx, table, streamArn);
  const precision = configuration?.ApproximateCreationDateTimePrecision;
  const destination: Destination = {
    id: destinationIdOf(room.ids.token(10), streamArn),
    streamArn,
    status: failure === undefined ? 'ACTIVE' : 'ENABLE_FAILED',
    ...(failure === undefined ? {} : { description: failure }),
    ...(precision === undefined ? {} : { precision }),
  };
  await room.tables.update(
    table,
    (current) => (failure === undefined ? { ...current, kinesisDestination: destination.id } : current),
    async (tx) => putDestination(tx, table.id, destination),
  );
  return {
    TableName: table.name,
    StreamArn: streamArn,
    DestinationStatus: 'ENABLING',
    EnableKinesisStreamingConfiguration: configuration ?? {},
  };
}

export async function DisableKinesisStreamingDestination(
  ctx: Context,
  input: DestinationInput,
): Promise<object> {
  const { room } = ctx;
  const table = await controlTable(ctx, input.TableName);
  if (input.EnableKinesisStreamingConfiguration) {
    throw new ValidationException(
      'Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters',
    );
  }
  const destination = await activeDestination(ctx, table, input.StreamArn);
  if (!destination || table.status === 'DELETING') {
    throw wrongState('KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.');
  }
  const { precision: _, ...rest } = destination;
  await room.tables.update(
    table,
    ({ kinesisDestination: _gone, ...current }) => current,
    async (tx) => {
      putDestination(tx, table.id, { ...rest, status: 'DISABLED' });
      await endOutbox(tx, destination.id);
    },
  );
  return { TableName: table.name, StreamArn: input.StreamArn, DestinationStatus: 'DISABLING' };
}

export async function UpdateKinesisStreamingDestination(
  ctx: Context,
  input: { TableName: string; StreamArn: string; UpdateKinesisStreamingConfiguration?: PrecisionSetting },
): Promise<object> {
  const { room } = ctx;
  const { StreamArn: streamArn, UpdateKinesisStreamingConfiguration: configuration } = input;
  const table = await controlTable(ctx, input.TableName);
  const precision = configuration?.ApproximateCreationDateTimePrecision;
  if (precision === undefined) {
    throw new ValidationException(
      'Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null or contain only null values',
    );
  }
  const destination = await activeDestination(ctx, table, streamArn);
  if (!destination) {
    throw wrongState(
      `Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. TableName: ${table.name}, kdsArn: ${streamArn}`,
    );
  }
  if ((destination.precision ?? 'MILLISECOND') === precision) {
    throw new ValidationException(
      `Invalid Request: Precision is already set to the desired value of ${precision} for tableId: ${table.uuid}, kdsArn: ${streamArn}`,
    );
  }
  await room.tables.update(
    table,
    (current) => current,
    async (tx) => putDestination(tx, table.id, { ...destination, precision }),
  );
  return {
    TableName: table.name,
    StreamArn: streamArn,
    DestinationStatus: 'UPDATING',
    UpdateKinesisStreamingConfiguration: configuration,
  };
}

export async function DescribeKinesisStreamingDestination(
  ctx: Context,
  input: { TableName: string },
): Promise<object> {
  const table = await controlTable(ctx, input.TableName);
  const destinations = await listDestinations(ctx.room.items.store, table.id);
  return {
    TableName: table.name,
    KinesisDataStreamDestinations: await Promise.all(destinations.map((one) => describe(ctx, one))),
  };
}

async function describe(ctx: Context, destination: Destination): Promise<object> {
  const { streamArn, status, precision } = destination;
  const { refusal } = await getOutbox(ctx.room.items.store, destination.id);
  const description =
    destination.description ??
    (refusal &&
      `Changes have been waiting for the stream since ${new Date(refusal.since).toISOString()}: ${refusal.message}`);
  return {
    StreamArn: streamArn,
    DestinationStatus: status,
    ...(description === undefined ? {} : { DestinationStatusDescription: description }),
    ...(precision === undefined ? {} : { ApproximateCreationDateTimePrecision: precision }),
  };
}

async function activeDestination(
  ctx: Context,
  table: Table,
  streamArn: string,
): Promise<Destination | undefined> {
  const found = await getDestination(ctx.room.items.store, table.id, streamArn);
  return found?.status === 'ACTIVE' && found.id === table.kinesisDestination ? found : undefined;
}

/** AWS looks at the stream after it has answered; the words are those of its description of a failure. */
async function failureOf(ctx: Context, table: Table, streamArn: string): Promise<string | undefined> {
  const noPermission = 'User does not have a permission to use kinesis stream';
  const notThere = 'The kinesis Arn used to enable kinesis replication belongs to a stream which is not in';
  const arn = parseArn(streamArn);
  if (arn?.service !== 'kinesis' || !/^stream\/[a-zA-Z0-9_.-]+$/.test(arn.resource)) return noPermission;
  if (arn.region !== table.region) return `${notThere} the current region`;
  if (arn.account !== table.account) return `${notThere} Active state`;
  const { account, region } = table;
  try {
    const found = await ctx.room.platform
      .aws({ account, region, principal: ctx.principal })
      .call<{ StreamDescriptionSummary?: { StreamStatus?: string } }>('kinesis', 'DescribeStreamSummary', {
        StreamARN: streamArn,
      });
    const status = found.StreamDescriptionSummary?.StreamStatus;
    return status === 'ACTIVE' || status === 'UPDATING' ? undefined : `${notThere} Active state`;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // A cloud without Kinesis: the changes wait, and the description says so.
    return error.status === 501 ? undefined : noPermission;
  }
}

function wrongState(why: string): Error {
  return new ValidationException(
    `Table is not in a valid state to enable Kinesis Streaming Destination: ${why}`,
  );
}
