import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type EventSurroundings, eventMessage, testMessage } from './eventMessage.ts';
import {
  concerns,
  type Notification,
  readNotifications,
  showNotifications,
} from './notificationConfiguration.ts';

const region = 'eu-west-1';
const arn = `arn:aws:lambda:${region}:123456789012:function:thumbnail`;

interface Options {
  rules?: [string, string][];
  id?: string;
  to?: string;
}

function configuration(events: string[], { rules, id, to = arn }: Options = {}) {
  return {
    LambdaFunctionArn: to,
    Events: events,
    ...(id === undefined ? {} : { Id: id }),
    ...(rules ? { Filter: { Key: { FilterRules: rules.map(([Name, Value]) => ({ Name, Value })) } } } : {}),
  };
}

function read(...list: object[]): Notification[] {
  let made = 0;
  return readNotifications({ LambdaFunctionConfigurations: list }, region, () => `new-id-${++made}`);
}

describe('a notification configuration', () => {
  it('is answered with ids and capital filter names', () => {
    const given = configuration(['s3:ObjectCreated:*'], {
      rules: [
        ['prefix', 'in/'],
        ['SUFFIX', '.jpg'],
      ],
    });
    expect(showNotifications(read(given))).toEqual({
      LambdaFunctionConfigurations: [
        {
          Id: 'new-id-1',
          LambdaFunctionArn: arn,
          Events: ['s3:ObjectCreated:*'],
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'Prefix', Value: 'in/' },
                { Name: 'Suffix', Value: '.jpg' },
              ],
            },
          },
        },
      ],
    });
    expect(read(configuration(['s3:ObjectAcl:Put'], { id: 'mine' }))[0]).toMatchObject({ id: 'mine' });
    expect(showNotifications([])).toEqual({});
  });

  it.each([
    [
      'an unknown event',
      configuration(['s3:ObjectCreated:Patch']),
      'The event is not supported for notifications',
    ],
    [
      'an event without s3:',
      configuration(['ObjectCreated:*']),
      'The event is not supported for notifications',
    ],
    [
      'another service',
      configuration(['s3:ObjectCreated:*'], { to: `arn:aws:sqs:${region}:123456789012:q` }),
      'The ARN could not be parsed',
    ],
    [
      'another region',
      configuration(['s3:ObjectCreated:*'], { to: 'arn:aws:lambda:us-east-1:123456789012:function:f' }),
      'The notification destination service region is not valid for the bucket location constraint',
    ],
    [
      'an unknown rule',
      configuration(['s3:ObjectCreated:*'], { rules: [['infix', 'a']] }),
      'filter rule name must be either prefix or suffix',
    ],
    [
      'an empty value',
      configuration(['s3:ObjectCreated:*'], { rules: [['prefix', '']] }),
      'filter value cannot be empty',
    ],
    [
      'two prefixes',
      configuration(['s3:ObjectCreated:*'], {
        rules: [
          ['prefix', 'a'],
          ['Prefix', 'b'],
        ],
      }),
      'Cannot specify more than one prefix rule in a filter.',
    ],
    [
      'a long value',
      configuration(['s3:ObjectCreated:*'], { rules: [['prefix', 'ä'.repeat(513)]] }),
      'Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation',
    ],
  ])('is refused for %s', (_why, given, message) => {
    expect(() => read(given)).toThrow(expect.objectContaining({ code: 'InvalidArgument', message }));
  });

  it('has events', () => {
    const malformed = expect.objectContaining({ code: 'MalformedXML' });
    expect(() => read(configuration([]))).toThrow(malformed);
    expect(() => read({ LambdaFunctionArn: arn })).toThrow(malformed);
  });

  it('shares its id with no other', () => {
    const one = configuration(['s3:ObjectCreated:*'], { id: 'same' });
    const other = configuration(['s3:ObjectRemoved:*'], { id: 'same' });
    expect(() => read(one, other)).toThrow('Same ID used for multiple configurations. IDs must be unique');
  });

  it('shares no event of an object with another', () => {
    const all = configuration(['s3:ObjectCreated:*']);
    const put = configuration(['s3:ObjectRemoved:Delete', 's3:ObjectCreated:Put']);
    expect(() => read(all, put)).toThrow(
      expect.objectContaining({
        message:
          'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
        members: { ArgumentName: 'Event', ArgumentValue: 's3:ObjectCreated:*, s3:ObjectCreated:Put' },
      }),
    );
    const filtered = configuration(['s3:ObjectCreated:Copy'], { rules: [['prefix', 'a']] });
    expect(() => read(all, filtered)).toThrow(/^Configuration is ambiguously defined/);
    const queue = { QueueArn: `arn:aws:sqs:${region}:123456789012:q`, Events: ['s3:ObjectCreated:Put'] };
    expect(() =>
      readNotifications(
        { LambdaFunctionConfigurations: [all], QueueConfigurations: [queue] },
        region,
        randomUUID,
      ),
    ).toThrow(/^Configurations overlap/);
  });

  it('may share an event where prefixes or suffixes tell the objects apart', () => {
    const events = ['s3:ObjectCreated:*'];
    const jpg = configuration(events, { rules: [['suffix', '.jpg']] });
    expect(read(jpg, configuration(events, { rules: [['suffix', '.png']] }))).toHaveLength(2);
    const under = (prefix: string) => configuration(events, { rules: [['prefix', prefix]] });
    expect(read(under('a/'), under('b/'))).toHaveLength(2);
    expect(() => read(under('a/'), under('a/b/'))).toThrow(/ambiguously/);
    expect(() => read(under('a/'), jpg)).toThrow(/ambiguously/);
    expect(read(configuration(events), configuration(['s3:ObjectRemoved:*']))).toHaveLength(2);
  });
});

describe('an event', () => {
  const [all] = read(
    configuration(['s3:ObjectCreated:*', 's3:ObjectRemoved:Delete'], {
      rules: [
        ['prefix', 'my+photos/'],
        ['suffix', '.jpg'],
      ],
    }),
  ) as [Notification];

  it.each([
    ['s3:ObjectCreated:Put', 'my photos/1.jpg', true],
    ['s3:ObjectRemoved:Delete', 'my photos/1.jpg', true],
    ['s3:ObjectRemoved:DeleteMarkerCreated', 'my photos/1.jpg', false],
    ['s3:ObjectCreated:Put', 'my photos/1.png', false],
    ['s3:ObjectCreated:Put', 'photos/1.jpg', false],
    ['s3:ObjectTagging:Put', 'my photos/1.jpg', false],
  ])('%s of %s: %s', (event, key, expected) => {
    expect(concerns(all, event, key)).toBe(expected);
  });
});

describe('the message', () => {
  const around: EventSurroundings = {
    bucket: { name: 'photos', arn: 'arn:aws:s3:::photos', region, ownerId: 'A1' },
    configurationId: 'id',
    time: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    principalId: 'AWS:AIDA1',
    sourceIp: '127.0.0.1',
    requestId: 'request',
    hostId: 'host',
    sequencer: '00AB',
  };

  it('says what, where, who and when', () => {
    const event = {
      name: 's3:ObjectCreated:Put',
      key: 'in/red flöwer+1.jpg',
      size: 3,
      etag: 'abc',
      versionId: 'v1',
    };
    expect(JSON.parse(eventMessage(event, around))).toEqual({
      Records: [
        {
          eventVersion: '2.1',
          eventSource: 'aws:s3',
          awsRegion: region,
          eventTime: '2026-01-02T03:04:05.006Z',
          eventName: 'ObjectCreated:Put',
          userIdentity: { principalId: 'AWS:AIDA1' },
          requestParameters: { sourceIPAddress: '127.0.0.1' },
          responseElements: { 'x-amz-request-id': 'request', 'x-amz-id-2': 'host' },
          s3: {
            s3SchemaVersion: '1.0',
            configurationId: 'id',
            bucket: { name: 'photos', ownerIdentity: { principalId: 'A1' }, arn: 'arn:aws:s3:::photos' },
            object: {
              key: 'in/red+fl%C3%B6wer%2B1.jpg',
              size: 3,
              eTag: 'abc',
              versionId: 'v1',
              sequencer: '00AB',
            },
          },
        },
      ],
    });
  });

  it('has no size of what was deleted, and no sequencer of tags', () => {
    const objectOf = (name: string, etag?: string) => {
      const text = eventMessage({ name, key: 'k', ...(etag === undefined ? {} : { etag }) }, around);
      const { Records } = JSON.parse(text) as { Records: { eventVersion: string; s3: { object: object } }[] };
      return { version: Records[0]?.eventVersion, object: Records[0]?.s3.object };
    };
    expect(objectOf('s3:ObjectRemoved:Delete')).toEqual({
      version: '2.1',
      object: { key: 'k', sequencer: '00AB' },
    });
    expect(objectOf('s3:ObjectTagging:Put', 'abc')).toEqual({
      version: '2.3',
      object: { key: 'k', eTag: 'abc' },
    });
  });

  it('is tried with a test event', () => {
    expect(JSON.parse(testMessage('photos', around.time, 'request', 'host'))).toEqual({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2026-01-02T03:04:05.006Z',
      Bucket: 'photos',
      RequestId: 'request',
      HostId: 'host',
    });
  });
});
