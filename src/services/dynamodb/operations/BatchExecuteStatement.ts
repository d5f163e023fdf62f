/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html */

import { AwsError } from '../../../kernel/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { Consumption, type ReturnConsumedCapacity, readUnits } from '../domain/capacity.ts';
import { decodeItem, storedSize } from '../domain/itemCodec.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import type { Select, Statement } from '../partiql/ast.ts';
import { type Columns, columnsOf } from '../partiql/columns.ts';
import { checkParameters, readStatement, type StatementInput } from '../partiql/statements.ts';
import { readKey } from '../partiql/whereKeys.ts';
import { type PreparedWrite, prepareWrite } from '../partiql/writes.ts';
import type { Context } from '../room.ts';
import { admit, isMeasured, only } from './admit.ts';
import { checkNoTransaction, itemId } from './inFlight.ts';
import { checkKeyPaths, tableOf, withCurrentTable } from './request.ts';
import { writeItem } from './write.ts';

interface BatchStatement extends StatementInput {
  ConsistentRead?: boolean;
  ReturnValuesOnConditionCheckFailure?: string;
}

export interface BatchExecuteStatementInput {
  Statements: BatchStatement[];
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

/** What became of one statement: its answer or its error, never both. */
interface Response {
  TableName?: string;
  Item?: Item;
  Error?: { Code: string; Message: string; Item?: Item };
}

/** One statement on its way: prepared for the item it is about, unless it failed already. */
interface Job {
  response: Response;
  item?: string;
  run?: () => Promise<void>;
}

export async function BatchExecuteStatement(
  ctx: Context,
  input: BatchExecuteStatementInput,
): Promise<object> {
  for (const statement of input.Statements) checkParameters(statement);
  const read = input.Statements.map(parseOne);
  const kinds = new Set(read.flatMap(({ statement }) => (statement ? [statement.kind === 'select'] : [])));
  if (kinds.size > 1) {
    throw new ValidationException('Read and write requests together in the same batch is not supported.');
  }
  const consumptions = new Map<Table, Consumption>();
  const jobs: Job[] = [];
  for (const one of read) jobs.push(await prepare(ctx, one, consumptions));
  const items = jobs.flatMap(({ item }) => item ?? []);
  if (new Set(items).size !== items.length) {
    throw new ValidationException('Provided list of item keys contains duplicates');
  }
  // No two are about one item, so that they may go to the disk together.
  await Promise.all(jobs.map(({ response, run }) => run && reporting(response, run)));
  const capacities = [...consumptions.values()].flatMap(
    (one) => one.describe(input.ReturnConsumedCapacity) ?? [],
  );
  return {
    Responses: jobs.map(({ response }) => response),
    ...(capacities.length > 0 ? { ConsumedCapacity: capacities } : {}),
  };
}

interface Read {
  input: BatchStatement;
  statement: Statement | undefined;
  response: Response;
}

function parseOne(input: BatchStatement): Read {
  const response: Response = {};
  try {
    const statement = readStatement(input);
    if (statement.kind !== 'exists') return { input, statement, response };
    throw new ValidationException('EXISTS can only be used in ExecuteTransaction write requests.');
  } catch (error) {
    report(response, error);
    return { input, statement: undefined, response };
  }
}

async function prepare(
  ctx: Context,
  { input, statement, response }: Read,
  consumptions: Map<Table, Consumption>,
): Promise<Job> {
  const job: Job = { response };
  const consumptionOf = (table: Table): Consumption => {
    const consumption = consumptions.get(table) ?? new Consumption(table);
    consumptions.set(table, consumption);
    return consumption;
  };
  await reporting(response, async () => {
    if (!statement || statement.kind === 'exists') return;
    if (statement.kind === 'select') {
      const { table, key, columns } = await pointOf(ctx, statement, input, response);
      job.item = itemId(table, key);
      job.run = async () => {
        const stored = await ctx.room.items.get(ctx.room.items.store, table, key);
        const factor = input.ConsistentRead ? 1 : 0.5;
        const units = readUnits(stored ? storedSize(stored) : 0, factor);
        if (isMeasured(ctx.room, table)) {
          admit(ctx.room, table, 'read', new Consumption(table, units), only(key));
        }
        consumptionOf(table).addTable(units);
        const item = stored && decodeItem(stored);
        if (item) response.Item = columns ? columns.apply(item) : item;
      };
      return;
    }
    response.TableName = (await tableOf(ctx, statement.table)).name;
    const returnOld = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    const prepareOnce = () => prepareWrite(ctx, statement, input.Parameters ?? [], returnOld);
    let prepared: PreparedWrite | undefined = await prepareOnce();
    job.item = itemId(prepared.write.table, prepared.write.key);
    // The table may change until the statement's turn comes: then it alone is prepared again.
    const run = withCurrentTable(async ({ room }: Context) => {
      const { write, returned } = prepared ?? (await prepareOnce());
      prepared = undefined;
      checkNoTransaction(room, write.table, write.key);
      const consumption = consumptionOf(write.table);
      const written = await room.items.store.transact((tx) => writeItem(tx, room, write, 1, consumption));
      const item = returned(written);
      if (item) response.Item = item;
    });
    job.run = () => run(ctx, undefined);
  });
  return job;
}

/** The one item that a SELECT of a batch reads. @throws ValidationException when it may read others. */
async function pointOf(
  ctx: Context,
  select: Select,
  input: BatchStatement,
  response: Response,
): Promise<{ table: Table; key: Item; columns: Columns | undefined }> {
  const table = await tableOf(ctx, select.table);
  response.TableName = table.name;
  const key = select.index === undefined ? readKey(select.where, table, input.Parameters ?? []) : undefined;
  if (!key) {
    throw new ValidationException(
      'Select statements within BatchExecuteStatement must specify the primary key in the where clause.',
    );
  }
  const columns = columnsOf(select.paths);
  checkKeyPaths(columns?.paths, table);
  return { table, key, columns };
}

async function reporting(response: Response, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    report(response, error);
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html */
const codes: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  DuplicateItemException: 'DuplicateItem',
  ItemCollectionSizeLimitExceededException: 'ItemCollectionSizeLimitExceeded',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  RequestLimitExceeded: 'RequestLimitExceeded',
  ResourceNotFoundException: 'ResourceNotFound',
  ThrottlingException: 'ThrottlingError',
  TransactionConflictException: 'TransactionConflict',
  ValidationException: 'ValidationError',
};

/** @throws what isn't the statement's own fault. */
function report(response: Response, error: unknown): void {
  const code = error instanceof AwsError ? codes[error.code] : undefined;
  if (!(error instanceof AwsError) || code === undefined) throw error;
  response.Error = { Code: code, Message: error.message };
  const { Item: item } = error.members as { Item?: Item };
  if (item) response.Error.Item = item;
}
