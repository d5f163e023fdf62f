import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../kernel/index.ts';
import { FakeAws } from '../testing/fakeAws.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';

interface Import {
  ImportTableDescription: Record<string, unknown> & { ImportArn: string };
}

const creation = {
  TableName: 'target',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
};

const request = {
  S3BucketSource: { S3Bucket: 'bucket', S3KeyPrefix: 'data' },
  InputFormat: 'DYNAMODB_JSON',
  TableCreationParameters: creation,
};

const line = (pk: string, more: object = {}) => `${JSON.stringify({ Item: { pk: { S: pk }, ...more } })}\n`;

async function open() {
  const fake = new FakeAws();
  const bench = await openDynamoDb(undefined, {}, { aws: fake.aws });
  const start = async (change: object = {}) =>
    (await bench.call<Import>('ImportTable', { ...request, ...change })).ImportTableDescription;
  const describeIt = async (ImportArn: string) =>
    (await bench.call<Import>('DescribeImport', { ImportArn })).ImportTableDescription;
  const run = async (change: object = {}) => {
    const { ImportArn } = await start(change);
    await bench.settle();
    return describeIt(ImportArn);
  };
  const scan = async (more: object = {}) =>
    (await bench.call<{ Items: unknown[] }>('Scan', { TableName: 'target', ...more })).Items;
  return { ...bench, fake, start, run, scan, describeIt };
}

const failedItems = {
  ImportStatus: 'FAILED',
  FailureCode: 'ItemValidationError',
  FailureMessage:
    'Some of the items failed validation checks and were not imported. Please check CloudWatch error logs for more details.',
};

describe('ImportTable', () => {
  it('fills a new table from all objects with a prefix, in the order of their keys', async () => {
    const { fake, start, settle, call, scan, describeIt } = await open();
    fake.put('data/1.json', line('a') + line('b', { v: { N: '1.0' } }));
    fake.put('data/2.json', line('a', { v: { S: 'later' } }));
    fake.put('data.bak', line('c'));
    fake.put('other', 'garbage');
    const begun = await start({ ClientToken: 'token' });
    expect(begun).toEqual({
      ImportArn: expect.stringMatching(
        /^arn:aws:dynamodb:eu-west-1:000000000000:table\/target\/import\/0\d{13}-[0-9a-f]{8}$/,
      ),
      ImportStatus: 'IN_PROGRESS',
      TableArn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/target',
      TableId: expect.any(String),
      ClientToken: 'token',
      S3BucketSource: { S3BucketOwner: '000000000000', S3Bucket: 'bucket', S3KeyPrefix: 'data' },
      ErrorCount: 0,
      CloudWatchLogGroupArn: 'arn:aws:logs:eu-west-1:000000000000:log-group:/aws-dynamodb/imports:*',
      InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: 'NONE',
      TableCreationParameters: creation,
      StartTime: new Date(startAt),
      ProcessedItemCount: 0,
      ImportedItemCount: 0,
    });
    const status = async () =>
      (await call<{ Table: { TableStatus: string } }>('DescribeTable', { TableName: 'target' })).Table
        .TableStatus;
    expect(await status()).toBe('CREATING');
    await expect(scan()).rejects.toThrow('Requested resource not found');
    await expect(call('DeleteTable', { TableName: 'target' })).rejects.toThrow();
    await settle();
    expect(await status()).toBe('ACTIVE');
    expect(await describeIt(begun.ImportArn)).toMatchObject({
      ImportStatus: 'COMPLETED',
      EndTime: new Date(startAt),
      ProcessedItemCount: 4,
      ImportedItemCount: 4,
      ErrorCount: 0,
      ProcessedSizeBytes: [...fake.objects].reduce(
        (sum, [key, { length }]) => sum + (key === 'other' ? 0 : length),
        0,
      ),
    });
    expect(await scan()).toHaveLength(3);
    expect(await scan()).toContainEqual({ pk: { S: 'a' }, v: { S: 'later' } });
    expect(new Set(fake.calls.map(({ principal }) => principal))).toEqual(
      new Set(['arn:aws:iam::000000000000:root']),
    );
  });

  it('builds the indexes with the items, of which the last with a key stays', async () => {
    const { fake, run, scan } = await open();
    const parameters = {
      ...creation,
      AttributeDefinitions: [...creation.AttributeDefinitions, { AttributeName: 'g', AttributeType: 'N' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byG',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    };
    fake.put('data', 'pk,g,v\na,1,x\nb,2.50,y\na,3,z\n');
    expect(await run({ InputFormat: 'CSV', TableCreationParameters: parameters })).toMatchObject({
      ImportStatus: 'COMPLETED',
      ImportedItemCount: 3,
    });
    expect(await scan({ IndexName: 'byG' })).toHaveLength(2);
    expect(await scan({ IndexName: 'byG' })).toContainEqual({ pk: { S: 'a' }, g: { N: '3' }, v: { S: 'z' } });
    expect(await scan()).toContainEqual({ pk: { S: 'b' }, g: { N: '2.5' }, v: { S: 'y' } });
  });

  it('reads all formats and compressions', async () => {
    for (const [format, content] of [
      ['DYNAMODB_JSON', line('a')],
      ['ION', '$ion_1_0 {Item:{pk:"a"}}\n'],
      ['CSV', 'pk\na\n'],
    ] as const) {
      for (const [compression, compress] of [
        ['NONE', Buffer.from],
        ['GZIP', gzipSync],
        ['ZSTD', zstdCompressSync],
      ] as const) {
        const { fake, run, scan } = await open();
        fake.put('data', compress(content as never) as Uint8Array);
        const options = { InputFormat: format, InputCompressionType: compression };
        expect(await run(options)).toMatchObject({
          ImportStatus: 'COMPLETED',
          ProcessedSizeBytes: content.length,
        });
        expect(await scan()).toEqual([{ pk: { S: 'a' } }]);
      }
    }
  });

  it('imports what it can, and logs what it can not', async () => {
    const { fake, run, scan } = await open();
    const good = Array.from({ length: 250 }, (_, at) => line(`${at}`));
    fake.put('data/1', [...good.slice(0, 120), '{"Item":{"no":{"S":"key"}}}\n', ...good.slice(120)].join(''));
    fake.put('data/2', `${line('x')}garbage\n${line('never')}`);
    fake.put('data/3', '');
    fake.put('data/4', line('y'));
    const done = await run();
    expect(done).toMatchObject({
      ...failedItems,
      ProcessedItemCount: 254,
      ImportedItemCount: 252,
      ErrorCount: 2,
    });
    expect(await scan()).toHaveLength(252);
    const id = done.ImportArn.split('/').at(-1);
    const [first, second, ...more] = fake.logs.get(`/aws-dynamodb/imports ${id}/error`) ?? [];
    expect(JSON.parse(first as string)).toEqual({
      itemS3Pointer: { bucket: 'bucket', key: 'data/1', itemIndex: 120 },
      importArn: done.ImportArn,
      errorMessages: ['One or more parameter values were invalid: Missing the key pk in the item'],
    });
    expect(JSON.parse(second as string)).toMatchObject({
      itemS3Pointer: { key: 'data/2', itemIndex: 1 },
      errorMessages: ['Unexpected token'],
    });
    expect(more).toEqual([]);
  });

  it('logs no more of what was wrong than fits', async () => {
    const { fake, run } = await open();
    fake.put('data', line('a', { v: { N: 'x'.repeat(2_000_000) } }));
    const done = await run();
    expect(done).toMatchObject({ ...failedItems, ErrorCount: 1 });
    const [logged] = fake.logs.get(`/aws-dynamodb/imports ${done.ImportArn.split('/').at(-1)}/error`) ?? [];
    expect(logged?.length).toBeLessThan(2000);
  });

  it('takes a plain object for broken when it should be compressed', async () => {
    const { fake, run, scan } = await open();
    fake.put('data', line('a'));
    expect(await run({ InputCompressionType: 'GZIP' })).toMatchObject({
      ...failedItems,
      ProcessedItemCount: 1,
      ImportedItemCount: 0,
    });
    expect(await scan()).toEqual([]);
  });

  it('completes with an empty table when no object has the prefix', async () => {
    const { run, scan } = await open();
    expect(await run()).toMatchObject({ ImportStatus: 'COMPLETED', ProcessedItemCount: 0 });
    expect(await scan()).toEqual([]);
  });

  it('leaves no table when the bucket can not be read', async () => {
    const { fake, run, call } = await open();
    expect(await run({ S3BucketSource: { S3Bucket: 'none' } })).toMatchObject({
      ImportStatus: 'FAILED',
      FailureCode: 'S3NoSuchBucket',
      FailureMessage:
        'The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket)',
    });
    await expect(call('DescribeTable', { TableName: 'target' })).rejects.toThrow('not found');
    fake.put('data', line('a'));
    fake.before = (operation) => {
      if (operation === 's3 GetObject') throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
    };
    expect(await run()).toMatchObject({ ImportStatus: 'FAILED', FailureCode: 'S3AccessDenied' });
    await expect(call('DescribeTable', { TableName: 'target' })).rejects.toThrow('not found');
  });

  it('counts an object that goes while it is imported as an error', async () => {
    const { fake, run, scan } = await open();
    fake.put('data/1', line('a'));
    fake.put('data/2', line('b'));
    fake.before = (operation, input) => {
      if (operation === 's3 GetObject' && input.Key === 'data/1') fake.objects.delete('data/1');
    };
    expect(await run()).toMatchObject({ ...failedItems, ErrorCount: 1, ImportedItemCount: 1 });
    expect(await scan()).toEqual([{ pk: { S: 'b' } }]);
  });

  it('comes to the same end wherever it is interrupted, and counts nothing twice', async () => {
    const expected = await (async () => {
      const { fake, run, scan } = await fill(await open());
      const { ImportArn: _, TableId: _id, EndTime: _end, ClientToken: _token, ...done } = await run();
      return { done, items: await scan(), calls: fake.calls.length };
    })();
    for (let broken = 1; broken <= expected.calls; broken += 1) {
      const bench = await fill(await open());
      let calls = 0;
      bench.fake.before = () => {
        calls++;
        if (calls === broken) throw new Error('the process is killed');
      };
      const { ImportArn } = await bench.start();
      await bench.settle();
      expect(calls).toBe(broken);
      await bench.clock.advance(1000);
      await bench.settle();
      const {
        ImportArn: _,
        TableId: _id,
        EndTime: _end,
        ClientToken: _token,
        ...done
      } = await bench.describeIt(ImportArn);
      expect([broken, done]).toEqual([broken, expected.done]);
      expect(await bench.scan()).toEqual(expected.items);
    }

    async function fill(bench: Awaited<ReturnType<typeof open>>) {
      bench.fake.put(
        'data/1',
        Array.from({ length: 230 }, (_, at) => line(`${at % 200}`, { v: { N: `${at}` } })).join(''),
      );
      bench.fake.put('data/2', `${line('x')}${'{"Item":{"no":{"S":"key"}}}\n'.repeat(150)}garbage`);
      bench.fake.put('data/3', line('z'));
      return bench;
    }
  });
});

describe('what ImportTable refuses', () => {
  it('knows a request by its token', async () => {
    const { call, start, settle, clock, fake } = await open();
    fake.put('data', line('a'));
    const first = await start({ ClientToken: 'one' });
    expect((await start({ ClientToken: 'one' })).ImportArn).toBe(first.ImportArn);
    const conflict = 'Import conflict: Duplicate request detected with conflicting parameters';
    expect((await start({ ClientToken: 'one', InputFormat: 'ION' })).ImportArn).toBe(first.ImportArn);
    const elsewhere = { TableCreationParameters: { ...creation, TableName: 'other' } };
    await expect(start({ ClientToken: 'one', ...elsewhere })).rejects.toMatchObject({
      code: 'ImportConflictException',
      message: conflict,
    });
    await settle();
    await expect(start({ ClientToken: 'one' })).rejects.toMatchObject({
      code: 'ResourceInUseException',
      message: 'Table already exists: target',
    });
    await call('DeleteTable', { TableName: 'target' });
    expect(await start({ ClientToken: 'one' })).toMatchObject({
      ImportArn: first.ImportArn,
      ImportStatus: 'COMPLETED',
    });
    await clock.advance(8 * 3600 * 1000);
    expect((await start({ ClientToken: 'one' })).ImportArn).not.toBe(first.ImportArn);
  });

  it('takes two of the same at once for one', async () => {
    const { start } = await open();
    const twins = await Promise.all([start({ ClientToken: 'one' }), start({ ClientToken: 'one' })]);
    expect(twins[0].ImportArn).toBe(twins[1].ImportArn);
  });

  it('says what does not fit', async () => {
    const { start } = await open();
    await expect(start({ InputFormatOptions: { Csv: {} } })).rejects.toThrow(
      'Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.',
    );
    const { BillingMode: _, ...provisioned } = creation;
    await expect(start({ TableCreationParameters: provisioned })).rejects.toThrow(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  });

  it('holds the new table to the quotas of CreateTable', async () => {
    const { start } = await open();
    const BillingMode = 'PROVISIONED';
    const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 80_001 };
    await expect(
      start({ TableCreationParameters: { ...creation, BillingMode, ProvisionedThroughput } }),
    ).rejects.toMatchObject({ code: 'LimitExceededException' });
  });

  it('has at most fifty at work', async () => {
    const { start, fake } = await open();
    fake.before = () => {
      throw new Error('S3 answers later');
    };
    const named = (at: number) => ({ TableCreationParameters: { ...creation, TableName: `table-${at}` } });
    for (let at = 0; at < 50; at++) await start(named(at));
    await expect(start(named(50))).rejects.toMatchObject({ code: 'LimitExceededException' });
  });
});

describe('DescribeImport and ListImports', () => {
  it('tell ARNs that are none from those of nothing', async () => {
    const { start, call } = await open();
    const { ImportArn: arn } = await start();
    const refused = async (ImportArn: string) =>
      call('DescribeImport', { ImportArn }).then(
        () => undefined,
        ({ code, message }: AwsError) => [code, message],
      );
    const table = 'arn:aws:dynamodb:eu-west-1:000000000000:table/target';
    expect(await refused(table)).toEqual(['ValidationException', 'Invalid Import ARN']);
    expect(await refused(arn.replace('/target/', '/x/'))).toEqual([
      'ValidationException',
      'Invalid Import ARN',
    ]);
    expect(await refused(arn.replace('/import/', '/export/'))).toEqual([
      'ValidationException',
      'Invalid Import ARN',
    ]);
    expect(await refused(arn.replace('000000000000', '111111111111'))).toEqual([
      'AccessDeniedException',
      'Access is denied',
    ]);
    for (const other of [arn.replace('eu-west-1', 'eu-west-2'), `${arn}0`, arn.replace('target', 'other')]) {
      expect((await refused(other))?.[0]).toBe('ImportNotFoundException');
    }
  });

  it('lists the newest first, in pages, until they are 90 days old', async () => {
    const { start, call, clock, settle } = await open();
    const names = Array.from({ length: 12 }, (_, at) => `table-${at}`);
    for (const TableName of names) {
      await start({ TableCreationParameters: { ...creation, TableName } });
      await clock.advance(1);
    }
    const list = async (input: object = {}) =>
      call<{ ImportSummaryList: { TableArn: string; ImportStatus: string }[]; NextToken?: string }>(
        'ListImports',
        input,
      );
    const namesOf = (page: Awaited<ReturnType<typeof list>>) =>
      page.ImportSummaryList.map(({ TableArn }) => TableArn.split('/')[1]);
    const first = await list();
    expect(namesOf(first)).toEqual(names.slice(2).reverse());
    expect(first.NextToken).toMatch(/^([0-9a-f]{16}){7,64}$/);
    const second = await list({ NextToken: first.NextToken });
    expect(namesOf(second)).toEqual(['table-1', 'table-0']);
    expect(second.NextToken).toBeUndefined();
    expect(namesOf(await list({ PageSize: 12 }))).toHaveLength(12);
    const TableArn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/table-3';
    expect(namesOf(await list({ TableArn }))).toEqual(['table-3']);
    await expect(list({ NextToken: '00'.repeat(56) })).rejects.toThrow(
      'Invalid Request: Provided nextToken is invalid: 00',
    );
    await clock.advance(91 * 24 * 3600 * 1000);
    await settle();
    expect(namesOf(await list())).toEqual([]);
  });
});
