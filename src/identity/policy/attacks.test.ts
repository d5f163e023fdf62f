/** Policies and requests as somebody writes them who wants more than was meant. */
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../platform/index.ts';
import { Authorizer } from '../authorize.ts';
import { compileDenials } from './document.ts';
import { compilePattern } from './wildcard.ts';

const account = '111122223333';
const user: Principal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userName: '*',
  userId: 'AIDA1',
  tags: { Team: 'blue', path: '*', '__proto__.x': 'y' },
};
const facts = { now: 0, region: 'eu-west-1', sourceIp: '10.1.2.3', secure: false };
const everything = statement({ Effect: 'Allow', Action: '*', Resource: '*' });

function statement(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

async function effectOf(documents: string[], resource: string, more: object = {}) {
  const identityPolicies = documents.map((document, i) => ({ id: `p${i}`, document }));
  const authorizer = new Authorizer('enforce', { policiesOf: () => ({ identityPolicies }) });
  const asked = { action: 's3:GetObject', resources: [resource], ...more };
  return (await authorizer.decide(user, [asked], facts)).effect;
}

describe('a policy', () => {
  it('denies where its Deny is misspelt, and allows nothing by what cannot be read', async () => {
    const deny = (Condition: object) => ({
      Effect: 'Deny',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::b/*',
      Condition,
    });
    for (const condition of [
      { StringEqual: { 'aws:username': 'x' } },
      { Bool: 'true' },
      { Bool: { a: {} } },
    ]) {
      const broken = statement({ Effect: 'Allow', Action: '*', Resource: '*' }, deny(condition));
      expect(await effectOf([everything, broken], 'arn:aws:s3:::b/key')).toBe('explicit-deny');
      expect(await effectOf([everything, broken], 'arn:aws:s3:::other/key')).toBe('allow');
      expect(await effectOf([broken], 'arn:aws:s3:::other/key')).toBe('implicit-deny');
      const resourcePolicy = statement({ Principal: '*', ...deny(condition) });
      expect(await effectOf([everything], 'arn:aws:s3:::b/key', { resourcePolicy })).toBe('explicit-deny');
    }
    for (const none of ['', '{', '[]', '{}', 'null', '{"Statement":[null]}', '['.repeat(100_000)]) {
      expect(await effectOf([none], 'arn:aws:s3:::b/key')).toBe('implicit-deny');
    }
  });

  it('keeps its denials at their places where another of its statements cannot be read', async () => {
    const deny = (Resource: string) => ({ Effect: 'Deny', Action: 's3:*', Resource });
    const broken = statement(
      { Effect: 'Allow', Action: 's3:*', Resource: '*' },
      { Effect: 'Deny', Resource: 'a statement without an action' },
      { ...deny('arn:aws:s3:::a/*'), Condition: { StringEqual: {} } },
      { ...deny('arn:aws:s3:::b/*'), Sid: '1' },
    );
    expect(compileDenials(broken).map(({ id, position }) => [id, position])).toEqual([
      ['2', 2],
      ['1', 3],
    ]);
    expect(await effectOf([everything, broken], 'arn:aws:s3:::a/key')).toBe('explicit-deny');
    expect(await effectOf([everything, broken], 'arn:aws:s3:::b/key')).toBe('explicit-deny');
    expect(await effectOf([everything, broken], 'arn:aws:s3:::c/key')).toBe('allow');
  });

  it('takes what variables stand for literally', async () => {
    const home = [
      ['arn:aws:s3:::b/${aws:username}/key', 'arn:aws:s3:::b/*/key'],
      ['arn:aws:s3:::b/${aws:username}/k*y', 'arn:aws:s3:::b/*/key'],
      ['arn:aws:s3:::b/${aws:PrincipalTag/path}/key', 'arn:aws:s3:::b/*/key'],
    ] as const;
    for (const [Resource, own] of home) {
      const policy = statement({ Effect: 'Allow', Action: '*', Resource });
      expect([Resource, await effectOf([policy], own)]).toEqual([Resource, 'allow']);
      expect(await effectOf([policy], 'arn:aws:s3:::b/bob/key')).toBe('implicit-deny');
    }
    const unset = statement({
      Effect: 'Allow',
      Action: '*',
      Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/none}*',
    });
    expect(await effectOf([unset], 'arn:aws:s3:::b/key')).toBe('implicit-deny');
  });

  it('is not led astray by colons, case or look-alikes in names', async () => {
    const tables = statement({
      Effect: 'Allow',
      Action: '*',
      Resource: `arn:aws:dynamodb:*:${account}:table/a`,
    });
    for (const resource of [
      `arn:aws:dynamodb:x:999999999999:${account}:table/a`,
      `arn:aws:dynamodb:eu-west-1:${account}:table/A`,
      // A Cyrillic а.
      `arn:aws:dynamodb:eu-west-1:${account}:table/\u0430`,
    ]) {
      expect([resource, await effectOf([tables], resource)]).toEqual([resource, 'implicit-deny']);
    }
    expect(await effectOf([tables], `arn:aws:dynamodb:eu-west-1:${account}:table/a`)).toBe('allow');
  });

  it('compares keys of conditions without case, tags named like methods too', async () => {
    const when = (Condition: object) => statement({ Effect: 'Allow', Action: '*', Resource: '*', Condition });
    expect(await effectOf([when({ StringEquals: { 'AWS:principaltag/TEAM': 'blue' } })], '*')).toBe('allow');
    for (const key of ['aws:PrincipalTag/__proto__', 'aws:PrincipalTag/constructor', '__proto__', 'toString'])
      expect(await effectOf([when({ Null: { [key]: 'false' } })], '*')).toBe('implicit-deny');
  });

  it('stalls nobody by wildcards', () => {
    const text = 'a'.repeat(4_096);
    const started = process.cpuUsage();
    for (const pattern of [
      `${'*a'.repeat(3_000)}b`,
      `arn:aws:${'*a'.repeat(3_000)}b:*:*:*`,
      `${'*'.repeat(6_000)}b`,
    ]) {
      for (const isArn of [true, false])
        expect(compilePattern(pattern, { isArn }).matches(`arn:aws:${text}:x:y:z`, () => undefined)).toBe(
          false,
        );
    }
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(5_000);
  });
});
