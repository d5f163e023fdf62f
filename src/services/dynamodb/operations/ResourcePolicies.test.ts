import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

const arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl';
const prefix = 'One or more parameter values were invalid: ';
const statement = {
  Effect: 'Allow',
  Principal: { AWS: '111122223333' },
  Action: ['dynamodb:GetItem'],
  Resource: arn,
};
const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

async function openTable(more: object = {}) {
  const bench = await openDynamoDb();
  await bench.createTable('tbl', 'S', {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    ...more,
  });
  const put = (Policy: string, given: object = {}) =>
    bench.call<{ RevisionId: string }>('PutResourcePolicy', { ResourceArn: arn, Policy, ...given });
  const get = (ResourceArn = arn) =>
    bench.call<{ Policy: string; RevisionId: string }>('GetResourcePolicy', { ResourceArn });
  const drop = (given: object = {}) =>
    bench.call<{ RevisionId?: string }>('DeleteResourcePolicy', { ResourceArn: arn, ...given });
  return { ...bench, put, get, drop };
}

describe('the policy of a table', () => {
  it('is kept in AWS’s form, and has one revision as long as it says the same', async () => {
    const { put, get, drop, clock } = await openTable();
    await expect(get()).rejects.toMatchObject({
      code: 'PolicyNotFoundException',
      message: `Resource-based policy not found for the provided ResourceArn: ${arn}`,
    });
    expect(await drop()).toEqual({});
    const { RevisionId } = await put(documentOf(statement));
    await clock.advance(1000);
    const again = { Resource: [arn], Effect: 'allow', Action: 'dynamodb:GetItem' };
    const root = 'arn:aws:iam::111122223333:root';
    expect(await put(documentOf({ ...again, Principal: { AWS: [root, '111122223333'] } }))).toEqual({
      RevisionId,
    });
    expect(await get()).toEqual({
      RevisionId,
      Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"${root}"},"Action":"dynamodb:GetItem","Resource":"${arn}"}]}`,
    });
    const changed = await put(documentOf({ ...statement, Sid: 'x' }));
    expect(changed.RevisionId).not.toBe(RevisionId);
    expect(await drop()).toEqual(changed);
    await expect(get()).rejects.toMatchObject({ code: 'PolicyNotFoundException' });
  });

  it('never stays behind for the next table of that name', async () => {
    const { call, createTable, put, get } = await openTable();
    const deleted = call('DeleteTable', { TableName: 'tbl' });
    const attempts: Promise<unknown>[] = [];
    for (let n = 0; n < 40; n++) {
      attempts.push(put(documentOf(statement)).catch(({ code }: { code: string }) => code));
      await Promise.resolve();
    }
    await deleted;
    expect(await Promise.all(attempts)).toContain('ResourceNotFoundException');
    await createTable('tbl');
    await expect(get()).rejects.toMatchObject({ code: 'PolicyNotFoundException' });
  });

  it('is changed only as its writer expects', async () => {
    const { put, drop } = await openTable();
    const refusal = 'Resource-based policy not found for the provided ResourceArn: Requested';
    await expect(put(documentOf(statement), { ExpectedRevisionId: '1' })).rejects.toMatchObject({
      code: 'PolicyNotFoundException',
      message: `${refusal} update for policy with revision id 1, but table tbl has no associated policy.`,
    });
    const { RevisionId } = await put(documentOf(statement), { ExpectedRevisionId: 'NO_POLICY' });
    await expect(put(documentOf(statement), { ExpectedRevisionId: 'NO_POLICY' })).rejects.toMatchObject({
      message: `${refusal} policy update expecting none to be present for table tbl, but a policy exists with revision id ${RevisionId}.`,
    });
    await expect(drop({ ExpectedRevisionId: '1' })).rejects.toMatchObject({
      message: `${refusal} update for policy with revision id 1, but the policy associated to target table tbl has revision id ${RevisionId}.`,
    });
    expect(await drop({ ExpectedRevisionId: RevisionId })).toEqual({ RevisionId });
  });

  it.each([
    ['{', 'Invalid policy document: This policy contains invalid Json'],
    ['', 'Invalid policy document: This policy contains invalid Json'],
    ['{}', 'Invalid policy document: Syntax error at position (1,3)'],
    ['null', 'Invalid policy document: This text appears not to be a policy'],
    [documentOf(), 'Invalid policy document: Could not parse the policy: Statement is empty!'],
    [
      documentOf({ ...statement, Resource: undefined }),
      'Invalid policy document: Missing required field Resource',
    ],
    [
      documentOf({ ...statement, Sid: 'a' }, { ...statement, Sid: 'a' }),
      'Invalid policy document: The Statement Ids in the policy are not unique',
    ],
    [
      documentOf({ ...statement, Action: ['dynamodb:GetRecords', 's3:GetObject'] }),
      'Invalid policy document: The following action names are invalid: "dynamodb:GetRecords", "s3:GetObject"',
    ],
    [
      documentOf({ ...statement, Resource: `${arn}/stream/2026-01-01T00:00:00.000` }),
      `Invalid policy document: The relative-id "table/tbl/stream/2026-01-01T00:00:00.000" is invalid for ARN "${arn}/stream/2026-01-01T00:00:00.000"`,
    ],
    [documentOf({ ...statement, Principal: { AWS: 'nobody' } }), 'Invalid principal in policy document.'],
    [
      documentOf({ ...statement, Principal: '111122223333' }),
      'Invalid policy document: Syntax error at position (1,68)',
    ],
    [documentOf(statement).padEnd(20_481), 'Maximum policy size of 20480 bytes exceeded'],
  ])('is refused when DynamoDB can’t follow it: case %#', async (policy, message) => {
    const { put } = await openTable();
    await expect(put(policy)).rejects.toMatchObject({
      code: 'ValidationException',
      message: `${prefix}${message}`,
    });
  });

  it('opens nothing to everybody', async () => {
    const { put } = await openTable();
    for (const Principal of ['*', { AWS: '*' }]) {
      await expect(put(documentOf({ ...statement, Principal }))).rejects.toMatchObject({
        message:
          'Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure least-privilege form of access',
      });
      await put(documentOf({ ...statement, Principal, Effect: 'Deny' }));
    }
  });

  it.each([
    ['tbl', 'ValidationException', `${prefix}ARNs must start with 'arn:': tbl`],
    [
      `${arn}/backup/1`,
      'ValidationException',
      `${prefix}Provided Arn is not a DynamoDB resource arn: ${arn}/backup/1`,
    ],
    [
      `${arn}/index/x`,
      'ValidationException',
      `${prefix}Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${arn}/index/x`,
    ],
    [
      arn.replace('000000000000', '111122223333'),
      'ValidationException',
      'This action is only supported by accounts that match the resource owner’s account.',
    ],
    [
      arn.replace('eu-west-1', 'eu-west-2'),
      'ValidationException',
      `${prefix}Invalid resource Arn: ${arn.replace('eu-west-1', 'eu-west-2')}`,
    ],
    [
      arn.replace('tbl', 'nope'),
      'ResourceNotFoundException',
      'Requested resource not found: Table: nope not found',
    ],
    [
      `${arn}/stream/2000-01-01T00:00:00.000`,
      'ResourceNotFoundException',
      'Requested resource not found: Stream: 2000-01-01T00:00:00.000 not found for Table: tbl',
    ],
  ])('isn’t asked of %s', async (ResourceArn, code, message) => {
    const { get } = await openTable();
    await expect(get(ResourceArn)).rejects.toMatchObject({ code, message });
  });

  it('isn’t changed any more while its table is being deleted', async () => {
    const { call, createTable } = await openDynamoDb(undefined, { durations: { tableDelete: 1000 } });
    await createTable('tbl', 'S', { ResourcePolicy: documentOf(statement) });
    await call('DeleteTable', { TableName: 'tbl' });
    const refusal = {
      code: 'ResourceInUseException',
      message: 'Attempt to change a resource which is still in use: Table is being deleted: tbl',
    };
    const put = call('PutResourcePolicy', { ResourceArn: arn, Policy: documentOf(statement) });
    await expect(put).rejects.toMatchObject(refusal);
    await expect(call('DeleteResourcePolicy', { ResourceArn: arn })).rejects.toMatchObject(refusal);
    expect(await call('GetResourcePolicy', { ResourceArn: arn })).toHaveProperty('Policy');
  });

  it('can come with the table, and goes with it, and so do those of its streams', async () => {
    const { call, createTable, get } = await openTable({ ResourcePolicy: documentOf(statement) });
    expect(JSON.parse((await get()).Policy)).toMatchObject({ Statement: [{ Effect: 'Allow' }] });
    const { Table } = await call<{ Table: { LatestStreamArn: string } }>('DescribeTable', {
      TableName: 'tbl',
    });
    const stream = Table.LatestStreamArn;
    const reading = { ...statement, Action: 'dynamodb:GetRecords', Resource: stream };
    await call('PutResourcePolicy', { ResourceArn: stream, Policy: documentOf(reading) });
    expect(JSON.parse((await get(stream)).Policy)).toMatchObject({ Statement: [{ Resource: stream }] });
    await expect(
      call('PutResourcePolicy', { ResourceArn: stream, Policy: documentOf(statement) }),
    ).rejects.toMatchObject({
      message: `${prefix}Invalid policy document: The relative-id "table/tbl" is invalid for ARN "${arn}"`,
    });
    await call('DeleteTable', { TableName: 'tbl' });
    await expect(get(stream)).rejects.toMatchObject({ code: 'PolicyNotFoundException' });
    await createTable('tbl');
    await expect(get()).rejects.toMatchObject({ code: 'PolicyNotFoundException' });
  });
});
