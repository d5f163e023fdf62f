import { describe, expect, it } from 'vitest';
import type { ObservedAction } from '../../platform/index.ts';
import { leastPrivilege } from './leastPrivilege.ts';

const seen = (action: string, resources: string[], prefixes: string[] = []): ObservedAction => ({
  principal: 'role/worker',
  action,
  region: 'us-east-1',
  count: 1,
  firstSeen: 0,
  lastSeen: 0,
  resources: [
    ...resources.map((resource) => ({ resource, isPrefix: false, count: 1, lastSeen: 0 })),
    ...prefixes.map((resource) => ({ resource, isPrefix: true, count: 9, lastSeen: 0 })),
  ],
  denials: [],
});
const table = (name: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
const object = (key: string) => `arn:aws:s3:::photos/${key}`;
const resourcesOf = (resources: string[], prefixes?: string[]) =>
  leastPrivilege([seen('s3:GetObject', resources, prefixes)]).Statement[0]?.Resource;
const numbered = (count: number, name: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => name(i));

describe('the least policy', () => {
  it('groups actions by service and by what they were done to', () => {
    const policy = leastPrivilege([
      seen('dynamodb:PutItem', [table('orders')]),
      seen('dynamodb:GetItem', [table('orders')]),
      seen('dynamodb:ListTables', ['*']),
      seen('application-autoscaling:DescribeScalableTargets', ['*']),
      seen('sts:GetCallerIdentity', []),
    ]);
    expect(policy).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'ApplicationAutoscaling1',
          Effect: 'Allow',
          Action: ['application-autoscaling:DescribeScalableTargets'],
          Resource: ['*'],
        },
        {
          Sid: 'Dynamodb1',
          Effect: 'Allow',
          Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
          Resource: [table('orders')],
        },
        { Sid: 'Dynamodb2', Effect: 'Allow', Action: ['dynamodb:ListTables'], Resource: ['*'] },
      ],
    });
  });

  it('makes a prefix of many that lie together, and leaves the rest alone', () => {
    const uploads = numbered(6, (i) => object(`uploads/2026-${i}.jpg`));
    expect(resourcesOf([...uploads, object('index.html')])).toEqual([
      object('index.html'),
      object('uploads/2026-*'),
    ]);
    expect(resourcesOf(numbered(5, (i) => object(`uploads/${i}.jpg`)))).toHaveLength(5);
    expect(resourcesOf(numbered(9, (i) => object(`users/${i}/picture.jpg`)))).toEqual([object('users/*')]);
  });

  it('never reaches over to another bucket or type', () => {
    expect(resourcesOf(numbered(9, (i) => `arn:aws:s3:::bucket-${i}/a`))).toHaveLength(9);
    const mixed = [
      ...numbered(9, (i) => `${table(`t${i}`)}`),
      ...numbered(9, (i) => `arn:aws:lambda:us-east-1:000000000000:function:f${i}`),
    ];
    expect(resourcesOf(mixed)).toEqual(
      [table('*'), 'arn:aws:lambda:us-east-1:000000000000:function:*'].sort(),
    );
  });

  it('takes wildcards in the names of objects for what they are', () => {
    expect(resourcesOf([object('*'), object('a?$')])).toEqual([object('${*}'), object('a${?}${$}')]);
    expect(resourcesOf([], [object('*-')])).toEqual([object('${*}-*')]);
  });

  it('keeps the prefixes that were made when there was too much to remember', () => {
    expect(resourcesOf([object('a')], [object('users/')])).toEqual([object('a'), object('users/*')]);
  });
});
