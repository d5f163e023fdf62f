import { describe, expect, it } from 'vitest';
import type { Configuration } from '../records.ts';
import { checkSnapStart, notRestored, snapStartOf } from './snapStart.ts';

const settings = (change: Partial<Configuration>) =>
  ({ runtime: 'python3.12', ephemeralStorageMb: 512, snapStart: true, ...change }) as Configuration;

describe('SnapStart', () => {
  it('is for the runtimes that AWS names, and for Node.js', () => {
    for (const runtime of [
      'java11',
      'java25',
      'python3.12',
      'python3.14',
      'dotnet8',
      'dotnet10',
      'nodejs18.x',
      'nodejs24.x',
    ])
      expect(() => checkSnapStart(settings({ runtime }))).not.toThrow();
    for (const runtime of [
      'java8.al2',
      'python3.9',
      'python3.11',
      'dotnet6',
      'dotnetcore3.1',
      'nodejs16.x',
      'ruby3.4',
      'go1.x',
      'provided.al2023',
    ])
      expect(() => checkSnapStart(settings({ runtime }))).toThrow(
        `${runtime} is not supported for SnapStart enabled functions.`,
      );
    expect(() => checkSnapStart(settings({ runtime: 'ruby3.4', snapStart: undefined }))).not.toThrow();
  });

  it('is not for large storage, tenants and container images', () => {
    expect(() => checkSnapStart(settings({ ephemeralStorageMb: 513 }))).toThrow('512 MB is not supported');
    expect(() => checkSnapStart(settings({ tenancy: 'PER_TENANT' }))).toThrow(
      'TenancyConfig is not supported',
    );
    expect(() => checkSnapStart(settings({ runtime: '' }))).toThrow('container images');
  });

  it('gives Init 130 seconds, or as long as an invocation may take', () => {
    const timeOf = (timeout: number) =>
      snapStartOf(settings({ timeout, snapshot: { status: 'Active' } }))?.initTimeoutMs;
    expect([timeOf(3), timeOf(900)]).toEqual([130_000, 900_000]);
    expect(snapStartOf(settings({ timeout: 3 }))).toBeUndefined();
  });

  it('says why it couldn’t restore', () => {
    expect(notRestored('timeout')).toMatchObject({ code: 'SnapStartTimeoutException', status: 408 });
    expect(notRestored('error')).toMatchObject({ code: 'SnapStartException', status: 400 });
  });
});
