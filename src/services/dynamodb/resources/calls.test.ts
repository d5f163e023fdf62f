import { expect, it } from 'vitest';
import { AwsError } from '../../../kernel/index.ts';
import { deleteTable, type Place } from './calls.ts';

it('deletes a table once what it is busy with is done, and waits until it is gone', async () => {
  const answers = ['ResourceInUseException', undefined, undefined, 'ResourceNotFoundException'];
  const calls: string[] = [];
  const call = async (_service: string, operation: string) => {
    calls.push(operation);
    const code = answers[calls.length - 1];
    if (code !== undefined) throw new AwsError(code, 'fails');
    return {};
  };
  const ctx = { clock: { sleep: async () => {} }, signal: new AbortController().signal };
  await deleteTable({ ctx, aws: { call }, name: 'tbl' } as unknown as Place);
  expect(calls).toEqual(['DeleteTable', 'DeleteTable', 'DescribeTable', 'DescribeTable']);
});

it('passes on what is wrong with the deletion of a table', async () => {
  const call = async () => {
    throw new AwsError('ValidationException', 'protected');
  };
  await expect(deleteTable({ ctx: {}, aws: { call }, name: 'tbl' } as unknown as Place)).rejects.toThrow(
    'protected',
  );
});
