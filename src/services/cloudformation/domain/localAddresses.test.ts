import { describe, expect, it } from 'vitest';
import { reachable, reachableEverywhere } from './localAddresses.ts';

const endpoint = 'http://127.0.0.1:4566';

describe('addresses of APIs', () => {
  it.each([
    [
      'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod',
      `${endpoint}/_aws/execute-api/a1b2c3d4e5/prod`,
    ],
    [
      'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/',
      `${endpoint}/_aws/execute-api/a1b2c3d4e5/prod/`,
    ],
    [
      'https://a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn/x?y=1',
      `${endpoint}/_aws/execute-api/a1b2c3d4e5/x?y=1`,
    ],
    ['https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com', `${endpoint}/_aws/execute-api/a1b2c3d4e5`],
  ])('%s leads here', (text, expected) => {
    expect(reachable(text, endpoint)).toBe(expected);
  });

  it.each([
    'arn:aws:execute-api:eu-west-1:000000000000:a1b2c3d4e5/*/GET/x',
    'https://example.com/a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com',
    'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com.evil.example/',
    'wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod',
  ])('%s stays as it is', (text) => {
    expect(reachable(text, endpoint)).toBe(text);
  });

  it('is found at any depth', () => {
    const value = {
      Environment: { Variables: { API: 'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/v1' } },
      list: [1, null],
    };
    expect(reachableEverywhere(value, endpoint)).toEqual({
      Environment: { Variables: { API: `${endpoint}/_aws/execute-api/a1b2c3d4e5/v1` } },
      list: [1, null],
    });
  });
});
