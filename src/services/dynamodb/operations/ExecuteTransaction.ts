/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html */
import type { Item } from '../domain/attributeValues.ts';
import type { ReturnConsumedCapacity } from '../domain/capacity.ts';
import { ValidationException } from '../errors.ts';
import type { Select, Statement } from '../partiql/ast.ts';
import { type Columns, columnsOf } from '../partiql/columns.ts';
import { checkParameters, readStatement, type StatementInput } from '../partiql/statements.ts';
import { readKey, testsMoreThanKey } from '../partiql/whereKeys.ts';
import { prepareWrite, type WriteStatement } from '../partiql/writes.ts';
import type { Context } from '../room.ts';
import { type CancellationReason, cancelled } from './inFlight.ts';
import { checkKeyPaths, tableOf } from './request.ts';
import { TransactGetItems } from './TransactGetItems.ts';
import { describeTransaction, type Step, transact } from './transact.ts';

interface TransactStatement extends StatementInput {
  ReturnValuesOnConditionCheckFailure?: string;
}

export interface ExecuteTransactionInput {
  TransactStatements: TransactStatement[];
  ClientRequestToken?: string;
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

export async function ExecuteTransaction(ctx: Context, input: ExecuteTransactionInput): Promise<object> {
  for (const statement of input.TransactStatements) checkParameters(statement);
  const statements = input.TransactStatements.map((one, at) => within(at, () => readOne(one)));
  const reads = statements.filter((statement) => statement.kind === 'select');
  if (reads.length > 0 && reads.length < statements.length) {
    throw new ValidationException(
      'ExecuteTransaction API does not support both read and write operations in the same request.',
    );
  }
  return reads.length > 0
    ? readAll(ctx, input, reads)
    : writeAll(ctx, input, statements as readonly WriteStatement[]);
}

function readOne(input: TransactStatement): Statement {
  const statement = readStatement(input);
  if ((statement.kind === 'update' || statement.kind === 'delete') && statement.returning) {
    throw new ValidationException('RETURNING clause is not supported in ExecuteTransaction.');
  }
  return statement;
}

const malformed = /^Statement wasn't well formed/;

/** Says which statement a complaint is about. */
function within<T>(at: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ValidationException) || malformed.test(error.message)) throw error;
    throw invalidAt(at, error.message);
  }
}

function invalidAt(at: number, what: string): Error {
  return new ValidationException(`Validation failed in TransactStatements[${at}]: ${what}`);
}

async function readAll(
  ctx: Context,
  input: ExecuteTransactionInput,
  selects: readonly Select[],
): Promise<object> {
  const gets: { Get: { TableName: string; Key: Item } }[] = [];
  const columns: (Columns | undefined)[] = [];
  const reasons: CancellationReason[] = [];
  for (const [at, select] of selects.entries()) {
    if (select.index !== undefined) {
      throw invalidAt(at, 'Reads on indices are not supported within transactions.');
    }
    const table = await tableOf(ctx, select.table);
    const reason = await reasonOf(() => {
      const key = readKey(select.where, table, input.TransactStatements[at]?.Parameters ?? []);
      if (!key) return undefined;
      const project = columnsOf(select.paths);
      checkKeyPaths(project?.paths, table);
      columns.push(project);
      gets.push({ Get: { TableName: select.table, Key: key } });
      return { Code: 'None' };
    });
    if (!reason) {
      throw invalidAt(
        at,
        'Select statements within ExecuteTransaction must specify the primary key in the where clause.',
      );
    }
    reasons.push(reason);
  }
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  const output = (await TransactGetItems(ctx, {
    TransactItems: gets,
    ...(input.ReturnConsumedCapacity ? { ReturnConsumedCapacity: input.ReturnConsumedCapacity } : {}),
  })) as { Responses: { Item?: Item }[] };
  return {
    ...output,
    Responses: output.Responses.map(({ Item: item }, at) => {
      if (!item) return {};
      const project = columns[at];
      return { Item: project ? project.apply(item) : item };
    }),
  };
}

async function writeAll(
  ctx: Context,
  input: ExecuteTransactionInput,
  statements: readonly WriteStatement[],
): Promise<object> {
  const steps: Step[] = [];
  const reasons: CancellationReason[] = [];
  for (const [at, statement] of statements.entries()) {
    const { Parameters: parameters = [], ReturnValuesOnConditionCheckFailure: returnOld } = input
      .TransactStatements[at] as TransactStatement;
    if (statement.kind === 'exists') await checkExists(ctx, at, statement.select);
    const reason = await reasonOf(async () => {
      const { write } = await prepareWrite(ctx, statement, parameters, returnOld === 'ALL_OLD');
      steps.push({ table: write.table, write });
      return { Code: 'None' };
    });
    reasons.push(reason);
  }
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  const consumptions = await transact(ctx, steps, input.ClientRequestToken, input.TransactStatements);
  const capacity = input.ReturnConsumedCapacity
    ? await describeTransaction(
        ctx.room,
        { ReturnConsumedCapacity: input.ReturnConsumedCapacity },
        steps,
        consumptions,
      )
    : {};
  return { Responses: [], ...capacity };
}

/** What is wrong with one statement cancels the transaction, once all have been looked at. */
async function reasonOf<T>(run: () => T | Promise<T>): Promise<T | CancellationReason> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
    return { Code: 'ValidationError', Message: error.message };
  }
}

/** EXISTS looks at one item, and at more than its key. */
async function checkExists(ctx: Context, at: number, { table, index, where }: Select): Promise<void> {
  if (index === undefined && testsMoreThanKey(where, await tableOf(ctx, table))) return;
  throw invalidAt(at, 'EXISTS() must contain a single item read with additional condition');
}
