/**
 * What a Kinesis stream gets of a change. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
 * Other than records of DynamoDB Streams they always hold both images, and say more than seconds.
 */
import { createHash } from 'node:crypto';
import type { Item } from './attributeValues.ts';
import { encodeItem, storedJson } from './itemCodec.ts';
import type { ChangeRecord } from './streamRecords.ts';

export type Precision = 'MILLISECOND' | 'MICROSECOND';

export interface KinesisChange {
  readonly destination: string;
  readonly sequence: number;
  readonly region: string;
  readonly tableName: string;
  /** Milliseconds of the epoch. */
  readonly time: number;
  readonly precision: Precision;
  readonly change: ChangeRecord;
}

/** The text of the record, in AWS's order of members. The same change has the same `eventID` whenever it is sent. */
export function kinesisText(record: KinesisChange): string {
  const { change, time, precision } = record;
  const { userIdentity } = change;
  const members = [
    ['awsRegion', JSON.stringify(record.region)],
    ['eventID', JSON.stringify(eventId(record))],
    ['eventName', JSON.stringify(change.eventName)],
    [
      'userIdentity',
      userIdentity
        ? JSON.stringify({ principalId: userIdentity.principalId, type: userIdentity.type })
        : 'null',
    ],
    ['recordFormat', '"application/json"'],
    ['tableName', JSON.stringify(record.tableName)],
    [
      'dynamodb',
      objectOf([
        ['ApproximateCreationDateTime', String(precision === 'MICROSECOND' ? time * 1000 : time)],
        ['Keys', itemText(change.keys)],
        ...(change.newImage ? [['NewImage', itemText(change.newImage)]] : []),
        ...(change.oldImage ? [['OldImage', itemText(change.oldImage)]] : []),
        ['SizeBytes', String(change.sizeBytes)],
        ...(precision === 'MICROSECOND' ? [['ApproximateCreationDateTimePrecision', '"MICROSECOND"']] : []),
      ]),
    ],
    ['eventSource', '"aws:dynamodb"'],
  ];
  return objectOf(members);
}

/** Changes of an item go to one shard of the stream, in order: the digest of its key says which. */
export function kinesisPartitionKey({ keys }: ChangeRecord): string {
  return createHash('md5').update(itemText(keys)).digest('hex').toUpperCase();
}

function objectOf(members: readonly (readonly string[])[]): string {
  return `{${members.map(([name, text]) => `"${name}":${text}`).join(',')}}`;
}

function itemText(item: Item): string {
  return storedJson(encodeItem(item, 0));
}

function eventId({ destination, sequence }: KinesisChange): string {
  const digest = createHash('md5').update(`${destination} ${sequence}`).digest('hex');
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
