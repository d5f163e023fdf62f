import { describe, expect, it } from 'vitest';
import { Authorizer } from '../../identity/authorize.ts';
import { type OperationContext, rootOf } from '../../platform/index.ts';
import { type FileBlobs, MemoryStore } from '../../store/index.ts';
import { authorize } from './authorize.ts';
import type { S3Room } from './room.ts';
import { type Bucket, S3Store } from './store.ts';

const owner = '000000000000';
const stranger = '111111111111';

async function decide(account: string, operation: string, input: object, policy?: object) {
  const memory = new MemoryStore();
  // The rules read buckets only, never a blob.
  const store = new S3Store(memory, undefined as unknown as FileBlobs);
  const bucket: Bucket = {
    id: 'b',
    name: 'photos',
    account: owner,
    region: 'us-east-1',
    createdAt: 0,
    configuration: policy ? { policy: JSON.stringify(policy) } : {},
  };
  await store.transact(async (tx) => store.putBucket(tx, bucket));
  const principal = rootOf(account);
  const ctx = {
    room: { store },
    account,
    region: 'us-east-1',
    principal,
  } as unknown as OperationContext<S3Room>;
  const rule = authorize[operation];
  if (!rule) throw new Error(`no rule for ${operation}`);
  const asked = [await rule(ctx, { Bucket: 'photos', ...input } as never)].flat();
  const decision = await new Authorizer('enforce', { policiesOf: () => ({ identityPolicies: [] }) }).decide(
    principal,
    asked.map((request) => ({ action: operation, ...request })),
    { now: 0, region: 'us-east-1', sourceIp: '127.0.0.1', secure: false },
  );
  return { effect: decision.effect, asked: asked.map(({ action, resources }) => [action, ...resources]) };
}

const statement = (more: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${stranger}:root` }, ...more }],
});

describe('who may do what to a bucket', () => {
  it('lets the owner in, and another account only by the bucket’s policy', async () => {
    const read = { Key: 'a' };
    expect((await decide(owner, 'GetObject', read)).effect).toBe('allow');
    expect((await decide(stranger, 'GetObject', read)).effect).toBe('implicit-deny');
    const open = statement({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/*' });
    expect((await decide(stranger, 'GetObject', read, open)).effect).toBe('allow');
    expect((await decide(stranger, 'PutObject', read, open)).effect).toBe('implicit-deny');
    expect((await decide(stranger, 'DeleteBucket', {}, open)).effect).toBe('implicit-deny');
  });

  it('asks for the conditions of a listing', async () => {
    const home = statement({
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::photos',
      Condition: { StringLike: { 's3:prefix': 'home/*' } },
    });
    expect((await decide(stranger, 'ListObjectsV2', { Prefix: 'home/ann' }, home)).effect).toBe('allow');
    expect((await decide(stranger, 'ListObjectsV2', { Prefix: '' }, home)).effect).toBe('implicit-deny');
  });

  it('asks for every object of DeleteObjects, and for both sides of a copy', async () => {
    const many = await decide(owner, 'DeleteObjects', { Delete: { Objects: [{ Key: 'a' }, { Key: 'b' }] } });
    expect(many.asked).toEqual([['s3:DeleteObject', 'arn:aws:s3:::photos/a', 'arn:aws:s3:::photos/b']]);
    const copy = await decide(owner, 'CopyObject', { Key: 'b', CopySource: 'photos/a%20b', Tagging: 'x=1' });
    expect(copy.asked).toEqual([
      ['s3:PutObject', 'arn:aws:s3:::photos/b'],
      ['s3:PutObjectTagging', 'arn:aws:s3:::photos/b'],
      ['s3:GetObject', 'arn:aws:s3:::photos/a b'],
    ]);
  });
});
