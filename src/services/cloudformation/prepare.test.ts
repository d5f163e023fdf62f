import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../kernel/index.ts';
import { s3Place } from './prepare.ts';
import { openWorkbench, type Workbench } from './testing/workbench.ts';

const template = {
  AWSTemplateFormatVersion: '2010-09-09',
  Transform: ['AWS::LanguageExtensions'],
  Description: 'everything at once',
  Metadata: { any: ['thing'] },
  Parameters: {
    Env: {
      Type: 'String',
      Default: 'prod',
      AllowedValues: ['prod', 'test'],
      MaxLength: 9,
      AllowedPattern: '[a-z]+',
    },
    Ports: { Type: 'CommaDelimitedList', Default: '80,443' },
    Size: { Type: 'Number', Default: 3, MinValue: 1, MaxValue: 9, NoEcho: true },
  },
  Rules: {
    R: { Assertions: [{ Assert: { 'Fn::Contains': [['prod'], { Ref: 'Env' }] }, AssertDescription: 'no' }] },
  },
  Mappings: { M: { prod: { a: 1, b: ['x', 'y'] }, test: { a: 2, b: [] } } },
  Conditions: {
    IsProd: { 'Fn::Equals': [{ Ref: 'Env' }, 'prod'] },
    Not: { 'Fn::Not': [{ Condition: 'IsProd' }] },
  },
  Resources: {
    A: {
      Type: 'Toy::Thing',
      Properties: { Name: { 'Fn::Sub': ['${x}-${AWS::Region}', { x: { Ref: 'Env' } }] } },
    },
    B: {
      Type: 'Toy::Thing',
      Condition: 'IsProd',
      DependsOn: ['A'],
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Delete',
      Metadata: { x: 1 },
      Properties: {
        Size: { 'Fn::FindInMap': ['M', { Ref: 'Env' }, 'a'] },
        Label: {
          'Fn::Join': ['-', [{ 'Fn::GetAtt': ['A', 'Arn'] }, { 'Fn::Select': [1, { Ref: 'Ports' }] }]],
        },
        Needs: { 'Fn::If': ['Not', { 'Fn::Base64': 'x' }, { 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }] },
        Parts: [{ Kind: { 'Fn::Select': [0, { 'Fn::Split': [',', 'a,b'] }] }, On: 'true' }],
        Tags: [{ Key: 'k', Value: { 'Fn::ToJsonString': { a: { 'Fn::Length': [1] } } } }],
      },
    },
    'Fn::ForEach::L': [
      'N',
      ['X', 'Y'],
      { 'C${N}': { Type: 'Toy::Thing', Properties: { Label: { Ref: 'N' } } } },
    ],
  },
  Outputs: {
    O: { Value: { 'Fn::GetAtt': 'A.Arn' }, Description: 'd', Export: { Name: { Ref: 'AWS::StackName' } } },
  },
};

/** Every place in a tree, as a path. */
function paths(node: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof node !== 'object' || node === null) return [path];
  const entries = Array.isArray(node) ? [...node.entries()] : Object.entries(node);
  return [path, ...entries.flatMap(([name, value]) => paths(value, [...path, name]))];
}

function withReplaced(node: unknown, [first, ...rest]: (string | number)[], value: unknown): unknown {
  if (first === undefined) return value;
  const copy = (Array.isArray(node) ? [...node] : { ...(node as object) }) as Record<
    string | number,
    unknown
  >;
  copy[first] = withReplaced(copy[first], rest, value);
  return copy;
}

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '',
    [],
    {},
    [[]],
    { Ref: 'A' },
    { Ref: 'Nobody' },
    { Ref: 'AWS::NoValue' },
    { 'Fn::GetAtt': ['B', 'Arn'] },
    { 'Fn::GetAtt': [] },
    { 'Fn::Sub': '${' },
    { 'Fn::Sub': '${A.Nope} ${B}' },
    { 'Fn::If': ['IsProd', 1] },
    { 'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: 's3://no/where' } } },
    { 'Fn::ImportValue': 'nobody' },
    { constructor: 1 },
    -1,
    'AWS::Serverless-2016-10-31',
  ),
);

async function answerTo(bench: Workbench, TemplateBody: string): Promise<unknown> {
  const body = { StackName: 's', TemplateBody, Capabilities: ['CAPABILITY_AUTO_EXPAND'] };
  return bench.call('CreateStack', body).then(
    () => undefined,
    (cause: unknown) => cause,
  );
}

/** A template is the user's: whatever is wrong with it is said as the client's error, never ours. */
function expectClientError(cause: unknown): void {
  if (cause === undefined) return;
  if (!(cause instanceof AwsError)) throw cause;
  expect(cause.fault).toBe('client');
  expect(cause.message).not.toMatch(/undefined(?! resource)|\[object|Cannot read/);
}

describe('any template', () => {
  it('whole, is deployed', async () => {
    const bench = await openWorkbench();
    expect(await answerTo(bench, JSON.stringify(template))).toBeUndefined();
    await bench.idle();
    expect(bench.log).toEqual([]);
    expect(bench.box.toys.size).toBe(4);
  });

  it('with one part replaced, is deployed or refused as the client’s mistake', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths(template)), odd, async (path, value) => {
        const bench = await openWorkbench();
        expectClientError(await answerTo(bench, JSON.stringify(withReplaced(template, path, value)) ?? ''));
        await bench.idle();
        // What got through preparation may fail as a resource, but never as a bug of the engine.
        expect(bench.log).toEqual([]);
        await bench.stop();
      }),
      { numRuns: 250 },
    );
  });

  it('with characters changed, is read or refused', async () => {
    const text = JSON.stringify(template, undefined, 1);
    const bench = await openWorkbench();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length),
        fc.nat(20),
        fc.string({ maxLength: 5, unit: 'binary' }),
        async (at, cut, extra) => {
          expectClientError(await answerTo(bench, text.slice(0, at) + extra + text.slice(at + cut)));
          await bench.call('DeleteStack', { StackName: 's' });
          await bench.idle();
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('s3Place', () => {
  it.each([
    ['https://bucket.s3.amazonaws.com/a/b.yaml', { bucket: 'bucket', key: 'a/b.yaml' }],
    ['https://my.bucket.s3.eu-west-1.amazonaws.com/b%20c', { bucket: 'my.bucket', key: 'b c' }],
    ['https://s3.eu-west-1.amazonaws.com/bucket/a/b', { bucket: 'bucket', key: 'a/b' }],
    ['https://s3.amazonaws.com/bucket/a?versionId=v1', { bucket: 'bucket', key: 'a', version: 'v1' }],
    ['http://127.0.0.1:4566/bucket/a', { bucket: 'bucket', key: 'a' }],
    ['http://bucket.s3.localhost:4566/a', { bucket: 'bucket', key: 'a' }],
    ['s3://bucket/a', { bucket: 'bucket', key: 'a' }],
    ['nonsense', undefined],
    ['https://example.com/', undefined],
  ])('%s', (url, place) => {
    expect(s3Place(url)).toEqual(place);
  });
});
