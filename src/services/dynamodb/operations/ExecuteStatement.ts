/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html */
import type { ReturnConsumedCapacity } from '../domain/capacity.ts';
import { ValidationException } from '../errors.ts';
import { runSelect } from '../partiql/select.ts';
import { checkParameters, readStatement, type StatementInput } from '../partiql/statements.ts';
import { prepareWrite } from '../partiql/writes.ts';
import type { Context } from '../room.ts';
import { checkNoTransaction } from './inFlight.ts';
import { writeItem } from './write.ts';

export interface ExecuteStatementInput extends StatementInput {
  ConsistentRead?: boolean;
  NextToken?: string;
  ReturnConsumedCapacity?: ReturnConsumedCapacity;
  Limit?: number;
  ReturnValuesOnConditionCheckFailure?: string;
}

export async function ExecuteStatement(ctx: Context, input: ExecuteStatementInput): Promise<object> {
  checkParameters(input);
  const statement = readStatement(input);
  const parameters = input.Parameters ?? [];
  if (statement.kind === 'exists') {
    throw new ValidationException('EXISTS can only be used in ExecuteTransaction write requests.');
  }
  if (statement.kind === 'select') {
    const { items, nextToken, lastEvaluatedKey, consumption } = await runSelect(
      ctx,
      statement,
      parameters,
      input,
    );
    const capacity = consumption.describe(input.ReturnConsumedCapacity);
    return {
      Items: items,
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      ...(lastEvaluatedKey ? { LastEvaluatedKey: lastEvaluatedKey } : {}),
      ...(capacity ? { ConsumedCapacity: capacity } : {}),
    };
  }
  const { room } = ctx;
  const returnOld = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const { write, returned } = await prepareWrite(ctx, statement, parameters, returnOld);
  checkNoTransaction(room, write.table, write.key);
  const written = await room.items.store.transact((tx) => writeItem(tx, room, write));
  const item = returned(written);
  const capacity = written.consumption.describe(input.ReturnConsumedCapacity);
  return { Items: item ? [item] : [], ...(capacity ? { ConsumedCapacity: capacity } : {}) };
}
