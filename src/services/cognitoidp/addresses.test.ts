import { describe, expect, it } from 'vitest';
import { cognitoConfig, cognitoProblem, userPoolIssuer } from '../../platform/index.ts';
import { hostedPlane, poolOfIssuer } from './addresses.ts';

describe('where domains answer', () => {
  it.each([
    [
      'shop.auth.eu-west-1.amazoncognito.com',
      '/login',
      { domain: 'shop', region: 'eu-west-1', base: '', path: '/login' },
    ],
    ['shop.auth.us-east-1.localhost', '/', { domain: 'shop', region: 'us-east-1', base: '', path: '/' }],
    [
      '127.0.0.1',
      '/_aws/auth/us-east-1/auth.example.com/oauth2/token',
      {
        domain: 'auth.example.com',
        region: 'us-east-1',
        base: '/_aws/auth/us-east-1/auth.example.com',
        path: '/oauth2/token',
      },
    ],
    [
      'localhost',
      '/_aws/auth/us-east-1/shop',
      { domain: 'shop', region: 'us-east-1', base: '/_aws/auth/us-east-1/shop', path: '/' },
    ],
    ['a.b.auth.us-east-1.amazoncognito.com', '/login', undefined],
    ['shop.auth.us-east-1.example.com', '/login', undefined],
    ['localhost', '/_aws/auth/us-east-1', undefined],
    ['localhost', '/_aws/auth/us-east-1/SHOP%2F/login', undefined],
    ['bucket.s3.localhost', '/key', undefined],
  ])('%s %s', (host, path, params) => {
    expect(hostedPlane.match(host, path)).toEqual(params);
  });
});

describe('issuers', () => {
  const pool = { region: 'us-east-1', id: 'us-east-1_aBcDeFgHi' };

  it('are named as the cloud was started', () => {
    const named = (issuer?: string) =>
      userPoolIssuer(cognitoConfig(issuer === undefined ? {} : { issuer }, 'http://127.0.0.1:4566'), pool);
    expect(named()).toBe('https://cognito-idp.us-east-1.amazonaws.com/us-east-1_aBcDeFgHi');
    expect(named('local')).toBe('http://127.0.0.1:4566/us-east-1_aBcDeFgHi');
    expect(named('http://brume:4566/')).toBe('http://brume:4566/us-east-1_aBcDeFgHi');
    for (const issuer of [named(), named('local'), named('http://brume:4566/')]) {
      expect(poolOfIssuer(issuer)).toBe(pool.id);
    }
  });

  it('are addresses', () => {
    expect(cognitoProblem({ issuer: 'http://brume:4566' })).toBeUndefined();
    expect(cognitoProblem({ issuer: 'brume' })).toMatch(/aws, local or an address/);
    expect(poolOfIssuer('https://accounts.example.com/tenant')).toBeUndefined();
    expect(poolOfIssuer('https://a/b/us-east-1_x')).toBeUndefined();
  });
});
