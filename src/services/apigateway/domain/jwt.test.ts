import { describe, expect, it } from 'vitest';
import { decodeJwt } from './jwt.ts';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('tokens', () => {
  it('are read when they are such', () => {
    const token = `${part({ alg: 'RS256', kid: 'k' })}.${part({ sub: 'ann' })}.${part('signature')}`;
    expect(decodeJwt(token)).toMatchObject({ header: { kid: 'k' }, claims: { sub: 'ann' } });
  });

  it.each([
    ['', part({})],
    [part(null), part({})],
    [part({}), part(null)],
    [part([]), part({})],
    [part({}), part('claims')],
    [part(7), part({})],
    ['{}', part({})],
  ])('are none of %s.%s', (header, claims) => {
    expect(decodeJwt(`${header}.${claims}.${part('signature')}`)).toBeUndefined();
  });
});
