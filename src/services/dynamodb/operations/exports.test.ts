import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { AwsError } from '../../../kernel/index.ts';
import { dropTable } from '../lifecycle.ts';
import { limits } from '../limits.ts';
import { FakeAws } from '../testing/fakeAws.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';

interface Export {
  ExportDescription: Record<string, unknown> & { ExportArn: string; ExportManifest: string };
}

const TableArn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/source';
const request = { TableArn, S3Bucket: 'bucket' };
const minute = 60_000;

async function open() {
  const fake = new FakeAws();
  const bench = await openDynamoDb(undefined, {}, { aws: fake.aws });
  const { call, settle } = bench;
  await bench.createTable('source', false);
  const recover = () =>
    call('UpdateContinuousBackups', {
      TableName: 'source',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  const put = (pk: string, more: object = {}) =>
    call('PutItem', { TableName: 'source', Item: { pk: { S: pk }, ...more } });
  const remove = (pk: string) => call('DeleteItem', { TableName: 'source', Key: { pk: { S: pk } } });
  const start = async (change: object = {}) =>
    (await call<Export>('ExportTableToPointInTime', { ...request, ...change })).ExportDescription;
  const describeIt = async (ExportArn: string) =>
    (await call<Export>('DescribeExport', { ExportArn })).ExportDescription;
  const run = async (change: object = {}) => {
    const { ExportArn } = await start(change);
    await settle();
    return describeIt(ExportArn);
  };
  const refused = (change: object) =>
    start(change).then(
      () => undefined,
      ({ code, message }: AwsError) => [code, message],
    );
  const text = (key: string) => fake.objects.get(key)?.toString();
  /** Lines of all data files that the manifest names. */
  const lines = ({ ExportManifest }: Export['ExportDescription']) => {
    const { manifestFilesS3Key } = JSON.parse(text(ExportManifest) as string);
    const files = (text(manifestFilesS3Key) ?? '').split('\n').filter((each) => each !== '');
    return files.flatMap((file) => {
      const { dataFileS3Key, md5Checksum, etag, itemCount } = JSON.parse(file);
      const content = fake.objects.get(dataFileS3Key) as Buffer;
      expect(createHash('md5').update(content).digest('base64')).toBe(md5Checksum);
      expect(etag).toBe(createHash('md5').update(content).digest('hex'));
      const found = gunzipSync(content).toString().split('\n').slice(0, -1);
      expect(found).toHaveLength(itemCount);
      return found;
    });
  };
  return { ...bench, fake, recover, put, remove, start, run, describeIt, refused, text, lines };
}

describe('a full export', () => {
  it('lies in the bucket as documented', async () => {
    const { fake, recover, put, start, settle, describeIt, text, lines } = await open();
    await recover();
    await put('a', { n: { N: '1.50' }, b: { B: Buffer.from('hello') } });
    await put('b');
    const begun = await start({ S3Prefix: 'some/where', ClientToken: 'token' });
    const id = begun.ExportArn.split('/').at(-1) as string;
    expect(begun).toEqual({
      ExportArn: `${TableArn}/export/${id}`,
      ExportStatus: 'IN_PROGRESS',
      StartTime: new Date(startAt),
      TableArn,
      TableId: expect.any(String),
      ExportTime: new Date(startAt),
      ClientToken: 'token',
      S3Bucket: 'bucket',
      S3Prefix: 'some/where',
      S3SseAlgorithm: 'AES256',
      ExportFormat: 'DYNAMODB_JSON',
    });
    expect(id).toMatch(/^0\d{13}-[0-9a-f]{8}$/);
    await settle();
    const folder = `some/where/AWSDynamoDB/${id}`;
    const done = await describeIt(begun.ExportArn);
    expect(done).toEqual({
      ...begun,
      ExportStatus: 'COMPLETED',
      EndTime: new Date(startAt + 1),
      ExportManifest: `${folder}/manifest-summary.json`,
      BilledSizeBytes: 16,
      ItemCount: 2,
    });
    const names = [...fake.objects.keys()].map((key) => key.slice(folder.length + 1)).sort();
    expect(names).toEqual([
      '_started',
      expect.stringMatching(/^data\/[a-z2-7]{26}\.json\.gz$/),
      'manifest-files.json',
      'manifest-files.md5',
      'manifest-summary.json',
      'manifest-summary.md5',
    ]);
    const summary = text(done.ExportManifest) as string;
    expect(JSON.parse(summary)).toEqual({
      version: '2020-06-30',
      exportArn: begun.ExportArn,
      startTime: new Date(startAt).toISOString(),
      endTime: new Date(startAt + 1).toISOString(),
      tableArn: TableArn,
      tableId: begun.TableId,
      exportTime: new Date(startAt).toISOString(),
      s3Bucket: 'bucket',
      s3Prefix: 'some/where',
      s3SseAlgorithm: 'AES256',
      s3SseKmsKeyId: null,
      manifestFilesS3Key: `${folder}/manifest-files.json`,
      billedSizeBytes: 16,
      itemCount: 2,
      outputFormat: 'DYNAMODB_JSON',
      exportType: 'FULL_EXPORT',
    });
    expect(text(`${folder}/manifest-summary.md5`)).toBe(createHash('md5').update(summary).digest('base64'));
    expect(
      lines(done)
        .map((line) => JSON.parse(line))
        .sort((a, b) => (a.Item.pk.S < b.Item.pk.S ? -1 : 1)),
    ).toEqual([
      { Item: { pk: { S: 'a' }, n: { N: '1.5' }, b: { B: 'aGVsbG8=' } } },
      { Item: { pk: { S: 'b' } } },
    ]);
  });

  it('is of the table as it was, and of no history that nobody needs any more', async () => {
    const { recover, put, remove, run, clock, lines, room } = await open();
    await recover();
    await put('a');
    await clock.advance(5000);
    const time = new Date(clock.now());
    await clock.advance(5000);
    await put('b');
    await remove('a');
    expect(lines(await run({ ExportTime: time })).map((line) => JSON.parse(line))).toEqual([
      { Item: { pk: { S: 'a' } } },
    ]);
    expect(lines(await run()).map((line) => JSON.parse(line))).toEqual([{ Item: { pk: { S: 'b' } } }]);
    const table = await room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'source');
    expect(Object.keys(table.history?.holds ?? {})).toEqual(['recovery']);
  });

  it('has an empty file for an empty table', async () => {
    const { recover, run, fake, lines } = await open();
    await recover();
    const done = await run({ ExportFormat: 'ION' });
    expect(done).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 0, BilledSizeBytes: 0 });
    expect(lines(done)).toEqual([]);
    expect([...fake.objects.keys()].filter((key) => key.endsWith('.ion.gz'))).toHaveLength(1);
  });

  it('fails when the bucket is not there, and says why', async () => {
    const { recover, run, fake } = await open();
    await recover();
    expect(await run({ S3Bucket: 'none' })).toMatchObject({
      ExportStatus: 'FAILED',
      FailureCode: 'S3NoSuchBucket',
      EndTime: new Date(startAt + 1),
    });
    fake.before = () => {
      throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
    };
    const failed = await run();
    expect(failed).toMatchObject({ ExportStatus: 'FAILED', FailureCode: 'S3AccessDenied' });
    expect(failed).not.toHaveProperty('ExportManifest');
  });

  it('fails when its table goes while it is under way', async () => {
    const { recover, put, start, settle, describeIt, fake, clock, call, room } = await open();
    await recover();
    await put('a');
    fake.before = () => {
      throw new Error('S3 answers later');
    };
    const { ExportArn } = await start();
    await settle();
    // Nobody can delete it meanwhile; but should it be gone all the same, the job ends.
    await expect(call('DeleteTable', { TableName: 'source' })).rejects.toMatchObject({
      code: 'ResourceInUseException',
    });
    const table = await room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'source');
    await dropTable(room, table, clock.now());
    fake.before = () => {};
    await clock.advance(1000);
    await settle();
    expect(await describeIt(ExportArn)).toMatchObject({
      ExportStatus: 'FAILED',
      FailureCode: 'PointInTimeRecoveryUnavailable',
    });
  });

  it('fails when the history goes while its data is written', async () => {
    const { recover, put, start, settle, describeIt, fake, clock, room } = await open();
    await recover();
    await put('a');
    fake.before = async (_operation, { Key }) => {
      if (!String(Key).includes('/data/')) return;
      const table = await room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'source');
      await dropTable(room, table, clock.now());
    };
    const { ExportArn } = await start();
    await settle();
    const { ExportStatus, FailureCode } = await describeIt(ExportArn);
    expect([ExportStatus, FailureCode]).toEqual(['FAILED', 'PointInTimeRecoveryUnavailable']);
  });

  it('comes to the same end wherever it is interrupted, in several files, while others write', async () => {
    const files = vi.spyOn(limits, 'exportFileItems' as never, 'get').mockReturnValue(1 as never);
    const calls = (await exported(0)).calls;
    for (let broken = 1; broken <= calls; broken++) await exported(broken);
    files.mockRestore();

    async function exported(broken: number) {
      const { recover, put, remove, start, settle, describeIt, fake, clock, lines } = await open();
      await recover();
      const keys = Array.from({ length: 450 }, (_, at) => `${at}`);
      for (const key of keys) await put(key, { v: { S: 'before' } });
      let calls = 0;
      fake.before = () => {
        calls++;
        if (calls === broken) throw new Error('the process is killed');
      };
      const { ExportArn } = await start();
      for (let at = 0; at < 10; at++) {
        await put(`${at}`, { v: { S: 'after' } });
        await remove(`${at + 20}`);
      }
      await settle();
      await clock.advance(1000);
      await settle();
      const done = await describeIt(ExportArn);
      expect([broken, done.ExportStatus, done.ItemCount]).toEqual([broken, 'COMPLETED', 450]);
      const items = lines(done).map((line) => JSON.parse(line).Item);
      expect(items.map(({ pk }) => pk.S).sort()).toEqual(keys.sort());
      expect(items.every(({ v }) => v.S === 'before')).toBe(true);
      // A page of items is a file here, and the last one finds none.
      expect([...fake.objects.keys()].filter((key) => key.includes('/data/'))).toHaveLength(4);
      return { calls };
    }
  });
});

describe('an incremental export', () => {
  it('has each changed item once, with the images of its view', async () => {
    const { recover, put, remove, run, clock, lines, text, fake } = await open();
    await recover();
    for (const pk of ['kept', 'updated', 'deleted', 'restored']) await put(pk, { v: { N: '1' } });
    await clock.advance(minute);
    const from = clock.now();
    await put('inserted', { v: { N: '2' } });
    await put('updated', { v: { N: '2' } });
    await clock.advance(minute);
    const last = clock.now();
    await put('updated', { v: { N: '3' } });
    await remove('deleted');
    await put('gone');
    await remove('gone');
    await clock.advance(20 * minute);
    const to = clock.now();
    await put('kept', { v: { N: '9' } });
    const specification = (view?: string) => ({
      ExportType: 'INCREMENTAL_EXPORT',
      IncrementalExportSpecification: {
        ExportFromTime: new Date(from),
        ExportToTime: new Date(to),
        ...(view ? { ExportViewType: view } : {}),
      },
    });
    const done = await run(specification());
    expect(done).toMatchObject({
      ExportStatus: 'COMPLETED',
      ExportType: 'INCREMENTAL_EXPORT',
      ItemCount: 3,
      BilledSizeBytes: 10_000_000,
      IncrementalExportSpecification: {
        ExportFromTime: new Date(from),
        ExportToTime: new Date(to),
        ExportViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    expect(done).not.toHaveProperty('ExportTime');
    const at = (time: number) => ({ WriteTimestampMicros: { N: `${time}000` } });
    const image = (pk: string, v: string) => ({ pk: { S: pk }, v: { N: v } });
    const byKey = (all: string[]) =>
      new Map(all.map((line) => [JSON.parse(line).Keys.pk.S, JSON.parse(line)] as const));
    expect(byKey(lines(done))).toEqual(
      new Map([
        [
          'inserted',
          { Metadata: at(from), Keys: { pk: { S: 'inserted' } }, NewImage: image('inserted', '2') },
        ],
        [
          'updated',
          {
            Metadata: at(last),
            Keys: { pk: { S: 'updated' } },
            OldImage: image('updated', '1'),
            NewImage: image('updated', '3'),
          },
        ],
        ['deleted', { Metadata: at(last), Keys: { pk: { S: 'deleted' } }, OldImage: image('deleted', '1') }],
      ]),
    );
    expect(JSON.parse(text(done.ExportManifest) as string)).toMatchObject({
      version: '2023-08-01',
      exportFromTime: new Date(from).toISOString(),
      exportToTime: new Date(to).toISOString(),
      outputView: 'NEW_AND_OLD_IMAGES',
      exportType: 'INCREMENTAL_EXPORT',
    });
    // Data of incremental exports lies in a folder that all of them share.
    expect([...fake.objects.keys()].filter((key) => key.startsWith('AWSDynamoDB/data/'))).toHaveLength(1);
    const fresh = byKey(lines(await run(specification('NEW_IMAGE'))));
    expect(fresh.get('deleted')).toEqual({ Metadata: at(last), Keys: { pk: { S: 'deleted' } } });
    expect(fresh.get('updated')).not.toHaveProperty('OldImage');
    const ion = lines(await run({ ...specification(), ExportFormat: 'ION' }));
    expect(ion).toContain(
      `$ion_1_0 {Metadata:{WriteTimestampMicros:${`${last}000`.replace(/0+$/, (zeros) => `d${zeros.length}`)}},Keys:{pk:"deleted"},OldImage:{pk:"deleted",v:1.}}`,
    );
  });
});

describe('what ExportTableToPointInTime refuses', () => {
  it('needs a table with point-in-time recovery, of this account and region', async () => {
    const { refused } = await open();
    expect(await refused({ TableArn: 'source' })).toEqual([
      'ValidationException',
      'One or more parameter values were invalid: tableArn is not a valid ARN',
    ]);
    expect(await refused({ TableArn: '' })).toEqual([
      'ValidationException',
      'Invalid TableArn: Invalid Table ARN',
    ]);
    expect(await refused({ TableArn: `${TableArn}/index/x` })).toEqual([
      'ValidationException',
      'Invalid Request: Table ARN is invalid.',
    ]);
    expect(await refused({ TableArn: TableArn.replace('000000000000', '111111111111') })).toEqual([
      'AccessDeniedException',
      'Access is denied',
    ]);
    for (const other of [`${TableArn}s`, TableArn.replace('eu-west-1', 'eu-west-2')]) {
      expect(await refused({ TableArn: other })).toEqual([
        'TableNotFoundException',
        `Table not found: ${other}`,
      ]);
    }
    expect(await refused({})).toEqual([
      'PointInTimeRecoveryUnavailableException',
      "Point in time recovery is not enabled for table 'source'",
    ]);
  });

  it('asks for settings that go together', async () => {
    const { refused, recover } = await open();
    await recover();
    const from = { ExportFromTime: new Date(startAt) };
    for (const [change, message] of [
      [{ S3SseKmsKeyId: 'key' }, 'KMS Key Id is not supported for this encryption type'],
      [
        { IncrementalExportSpecification: from },
        'Export Type expected to be Incremental Export when incremental export specification is provided',
      ],
      [
        { ExportType: 'FULL_EXPORT', IncrementalExportSpecification: from },
        'When Export Type is Full Export , Incremental Export Specification should not be provided',
      ],
      [
        { ExportType: 'INCREMENTAL_EXPORT' },
        'Incremental Export Specification expected when export type is set as Incremental Export',
      ],
      [
        { ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification: {} },
        'ExportFromTime must be provided in IncrementalExportSpecification',
      ],
    ] as const) {
      expect(await refused(change)).toEqual(['ValidationException', `Invalid Request: ${message}`]);
    }
  });

  it('asks for times that are remembered', async () => {
    const { refused, recover, clock } = await open();
    await clock.advance(60 * minute);
    await recover();
    await clock.advance(60 * minute);
    const now = clock.now();
    for (const time of [now + 1000, now - 61 * minute]) {
      expect(await refused({ ExportTime: new Date(time) })).toEqual([
        'InvalidExportTimeException',
        'Export Time is invalid',
      ]);
    }
    const incremental = (from: number, to?: number) => ({
      ExportType: 'INCREMENTAL_EXPORT',
      IncrementalExportSpecification: {
        ExportFromTime: new Date(from),
        ...(to === undefined ? {} : { ExportToTime: new Date(to) }),
      },
    });
    for (const [window, message] of [
      [
        incremental(startAt - 5000),
        'Incremental export period from time cannot be less than the table creation time : 2025-12-31T23:59:55Z',
      ],
      [
        incremental(now - 30 * minute, now + 1000),
        'Incremental export period to time cannot be greater than the current time : 2026-01-01T02:00:01Z',
      ],
      [
        incremental(now - 14 * minute),
        'Difference between export period from time and export period to time is less than 15 minutes',
      ],
      [
        incremental(now - 10 * minute, now - 30 * minute),
        'Difference between export period from time and export period to time is less than 15 minutes',
      ],
      [incremental(now - 70 * minute), 'Point in Time Recovery is not available for specified export time'],
    ] as const) {
      expect(await refused(window)).toEqual(['InvalidExportTimeException', message]);
    }
    expect(await refused(incremental(now - 60 * minute))).toBeUndefined();
    await clock.advance(30 * 60 * minute);
    expect((await refused(incremental(clock.now() - 25 * 60 * minute)))?.[1]).toContain(
      'greater than 24 hours',
    );
  });

  it('knows a request by its token, also when it is over', async () => {
    const { recover, start, settle, refused, clock } = await open();
    await recover();
    const first = await start({ ClientToken: 'one' });
    await settle();
    const again = await start({ ClientToken: 'one' });
    const [left, right] = await Promise.all([start({ ClientToken: 'two' }), start({ ClientToken: 'two' })]);
    expect(left.ExportArn).toBe(right.ExportArn);
    expect([again.ExportArn, again.ExportStatus]).toEqual([first.ExportArn, 'COMPLETED']);
    expect(await refused({ ClientToken: 'one', S3Prefix: 'other' })).toEqual([
      'ExportConflictException',
      'Export conflict: Duplicate request detected with conflicting parameters',
    ]);
    expect(first).not.toHaveProperty('ExportType');
    const other = await start({ ExportType: 'FULL_EXPORT' });
    expect(other.ExportArn).not.toBe(first.ExportArn);
    expect(other).toMatchObject({ ExportType: 'FULL_EXPORT', ClientToken: expect.any(String) });
    await clock.advance(8 * 60 * minute);
    expect((await start({ ClientToken: 'one' })).ExportArn).not.toBe(first.ExportArn);
  });
});

describe('DescribeExport and ListExports', () => {
  it('tell ARNs that are none from those of nothing', async () => {
    const { call, recover, start } = await open();
    await recover();
    const { ExportArn: arn } = await start();
    const refused = (ExportArn: string) =>
      call('DescribeExport', { ExportArn }).then(
        () => undefined,
        ({ code, message }: AwsError) => [code, message],
      );
    expect(await refused(TableArn)).toEqual(['ValidationException', 'Invalid Export ARN']);
    expect(await refused(arn.replace('/export/', '/import/'))).toEqual([
      'ValidationException',
      'Invalid Export ARN',
    ]);
    for (const foreign of ['000000000000', 'dynamodb', 'aws']) {
      expect(await refused(TableArn.replace(foreign, 'other'))).toEqual([
        'AccessDeniedException',
        'Access is denied',
      ]);
    }
    expect(await refused(arn.replace('arn:', 'nra:'))).toEqual(['ValidationException', 'Invalid Export ARN']);
    expect(await refused(arn.replace('eu-west-1', 'eu-west-2'))).toEqual([
      'ExportNotFoundException',
      'Export not found: Invalid export arn',
    ]);
    expect(await refused(`${arn}0`)).toEqual([
      'ExportNotFoundException',
      `Export not found: Export not found: ${arn}0`,
    ]);
  });

  it('lists exports, the newest first, in pages, also of a table that is gone', async () => {
    const { call, recover, start, clock, settle } = await open();
    await recover();
    const arns: string[] = [];
    for (let at = 0; at < 5; at++) {
      arns.unshift((await start()).ExportArn);
      await clock.advance(1);
    }
    await settle();
    interface Listed {
      ExportSummaries: { ExportArn: string; ExportStatus: string; ExportType: string }[];
      NextToken?: string;
    }
    const list = (input: object = {}) => call<Listed>('ListExports', input);
    expect((await list()).ExportSummaries).toEqual(
      arns.map((ExportArn) => ({ ExportArn, ExportStatus: 'COMPLETED', ExportType: 'FULL_EXPORT' })),
    );
    const first = await list({ TableArn, MaxResults: 3 });
    expect(first.ExportSummaries.map(({ ExportArn }) => ExportArn)).toEqual(arns.slice(0, 3));
    const second = await list({ TableArn, MaxResults: 3, NextToken: first.NextToken });
    expect(second.ExportSummaries.map(({ ExportArn }) => ExportArn)).toEqual(arns.slice(3));
    expect(second.NextToken).toBeUndefined();
    await call('DeleteTable', { TableName: 'source' });
    expect((await list({ TableArn })).ExportSummaries).toHaveLength(5);
    expect((await list({ TableArn: `${TableArn}s` })).ExportSummaries).toEqual([]);
    await clock.advance(91 * 24 * 60 * minute);
    await settle();
    expect((await list()).ExportSummaries).toEqual([]);
  });
});

describe('exports of several tables', () => {
  it('are listed in reverse order of their ARNs', async () => {
    const { call, createTable, start } = await open();
    const arns: string[] = [];
    for (const TableName of ['tab', 'tab-2', 'tab.3', 'tab0']) {
      await createTable(TableName, false);
      await call('UpdateContinuousBackups', {
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      arns.push((await start({ TableArn: TableArn.replace('source', TableName) })).ExportArn);
    }
    const listed: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await call<{ ExportSummaries: { ExportArn: string }[]; NextToken?: string }>(
        'ListExports',
        {
          MaxResults: 1,
          ...(NextToken ? { NextToken } : {}),
        },
      );
      listed.push(...page.ExportSummaries.map(({ ExportArn }) => ExportArn));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(listed).toEqual(arns.sort().reverse());
  });
});

describe('an export that is imported', () => {
  it('is the table again', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }).map((S) => ({ S: S.toWellFormed() })),
      fc.integer().map((n) => ({ N: `${n}` })),
      fc.uint8Array({ maxLength: 20 }).map((B) => ({ B: Buffer.from(B) })),
      fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 3 }).map((ns) => ({ NS: ns.map(String) })),
      fc.constant({ L: [{ NULL: true }, { M: { x: { BOOL: false } } }, { BS: [Buffer.from('a')] }] }),
    );
    const rows = fc.uniqueArray(
      fc.tuple(
        fc.string({ minLength: 1 }),
        fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 4 }),
      ),
      {
        selector: ([pk]) => pk,
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('DYNAMODB_JSON', 'ION'), async (items, format) => {
        const { recover, put, run, call, settle } = await open();
        await recover();
        for (const [pk, { pk: _, ...rest }] of items) await put(pk, rest);
        const { ExportManifest } = await run({ ExportFormat: format });
        const description = await call<{ ImportTableDescription: { ImportArn: string } }>('ImportTable', {
          S3BucketSource: {
            S3Bucket: 'bucket',
            S3KeyPrefix: ExportManifest.replace('manifest-summary.json', 'data/'),
          },
          InputFormat: format,
          InputCompressionType: 'GZIP',
          TableCreationParameters: {
            TableName: 'copy',
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            BillingMode: 'PAY_PER_REQUEST',
          },
        });
        await settle();
        const { ImportArn } = description.ImportTableDescription;
        expect(await call('DescribeImport', { ImportArn })).toMatchObject({
          ImportTableDescription: { ImportStatus: 'COMPLETED', ImportedItemCount: items.length },
        });
        expect(await call('Scan', { TableName: 'copy' })).toEqual(
          await call('Scan', { TableName: 'source' }),
        );
      }),
      { numRuns: 25 },
    );
  });
});
