import { describe, expect, it } from 'vitest';
import type { Pool } from '../store.ts';
import { isIn, isNear, isRange } from './addresses.ts';
import { isCompromised } from './compromised.ts';
import { deviceName, deviceOf } from './device.ts';
import { type AuthEvent, excess } from './events.ts';
import { assess, type Sighting } from './score.ts';
import { modeOf } from './settings.ts';

const hour = 3_600_000;
const home: Sighting = { at: 0, address: '192.0.2.7', device: 'laptop', passed: true };

describe('the score', () => {
  it('has nothing against a user who never signed in, nor against one who is where they always are', () => {
    expect(assess({ at: hour, address: '192.0.2.7', device: 'laptop' }, [])).toEqual({
      score: 0,
      reasons: [],
    });
    expect(assess({ at: 9 * hour, address: '192.0.2.7', device: 'laptop' }, [home])).toEqual({
      score: 0,
      reasons: [],
    });
  });

  it('rises with what is new, and says what', () => {
    const at = 9 * hour;
    expect(assess({ at, address: '192.0.2.8', device: 'laptop' }, [home])).toEqual({
      score: 10,
      reasons: ['new address'],
    });
    expect(assess({ at, address: '203.0.113.1', device: 'laptop' }, [home])).toEqual({
      score: 25,
      level: 'Low',
      reasons: ['new network'],
    });
    expect(assess({ at, address: '203.0.113.1', device: 'phone' }, [home])).toEqual({
      score: 50,
      level: 'Medium',
      reasons: ['new network', 'new device'],
    });
    expect(assess({ at: hour / 2, address: '203.0.113.1', device: 'phone' }, [home])).toEqual({
      score: 70,
      level: 'High',
      reasons: ['new network', 'new device', 'two networks within an hour'],
    });
  });

  it('counts wrong answers for ten minutes', () => {
    const wrong = (at: number): Sighting => ({ ...home, at, passed: false });
    const past = [wrong(8 * hour + 3), wrong(8 * hour + 2), wrong(8 * hour + 1), home];
    const now = { address: '192.0.2.7', device: 'laptop' };
    expect(assess({ ...now, at: 8 * hour + 5 }, past).reasons).toEqual(['wrong answers of late']);
    expect(assess({ ...now, at: 8 * hour + 10 * 60_000 + 2 }, past).reasons).toEqual([]);
  });

  it('believes users who say that it was them, and that it was not', () => {
    const abroad: Sighting = { at: hour, address: '203.0.113.1', device: 'phone', passed: false };
    const now = { at: 9 * hour, address: '203.0.113.1', device: 'phone' };
    expect(assess(now, [{ ...abroad, feedback: 'Valid' }, home]).score).toBe(0);
    expect(assess(now, [{ ...abroad, passed: true, feedback: 'Invalid' }, home])).toMatchObject({
      level: 'High',
    });
  });

  it('compares what is known only', () => {
    expect(assess({ at: hour }, [home]).score).toBe(0);
    expect(
      assess({ at: 9 * hour, address: '203.0.113.1', device: 'phone' }, [{ at: 0, passed: true }]).score,
    ).toBe(0);
  });
});

describe('addresses', () => {
  it.each([
    ['192.0.2.0/24', true],
    ['192.0.2.7', true],
    ['2001:db8::/32', true],
    ['192.0.2.0/33', false],
    ['192.0.2.0/', false],
    ['192.0.2.0/8/8', false],
    ['anywhere', false],
    ['', false],
  ])('%s is a range: %s', (range, expected) => {
    expect(isRange(range)).toBe(expected);
  });

  it('are in ranges of their kind', () => {
    expect(isIn('192.0.2.7', ['198.51.100.0/24', '192.0.2.0/24'])).toBe(true);
    expect(isIn('192.0.3.7', ['192.0.2.0/24'])).toBe(false);
    expect(isIn('2001:db8:1::1', ['2001:db8::/32'])).toBe(true);
    expect(isIn('192.0.2.7', ['2001:db8::/32'])).toBe(false);
    expect(isIn(undefined, ['0.0.0.0/0'])).toBe(false);
    expect(isIn('not an address', ['0.0.0.0/0'])).toBe(false);
    // Written as IPv6, an IPv4 address is no way around a list.
    expect(isIn('::ffff:192.0.2.7', ['192.0.2.0/24'])).toBe(true);
  });

  it('are near each other within a network', () => {
    expect(isNear('192.0.2.7', '192.0.2.200')).toBe(true);
    expect(isNear('192.0.2.7', '192.0.3.7')).toBe(false);
    expect(isNear('192.0.2.7', 'nowhere')).toBe(false);
  });
});

describe('devices', () => {
  const pool = { id: 'us-east-1_Pool' } as Pool;
  const encoded = (userPoolId: string, contextData: object) =>
    Buffer.from(JSON.stringify({ payload: JSON.stringify({ contextData, userPoolId }) })).toString('base64');

  it('are what their data says', () => {
    const data = encoded(pool.id, {
      DeviceId: 'd1',
      UserAgent: 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36',
      ClientTimezone: '+01:00',
    });
    expect(deviceOf(pool, data, undefined)).toEqual({
      id: 'd1',
      name: 'Chrome, Windows',
      timezone: '+01:00',
    });
    expect(deviceOf({ id: 'us-east-1_Other' } as Pool, data, undefined)).toEqual({});
    expect(deviceOf(pool, undefined, 'curl/8.5.0')).toEqual({ name: 'curl/8.5.0' });
  });

  it.each([
    '',
    '{}',
    'x'.repeat(20_000),
    Buffer.from('{"payload":"7"}').toString('base64'),
    encoded(pool.id, { DeviceId: 7 }),
  ])('are nothing where it says nothing (%#)', (data) => {
    expect(deviceOf(pool, data, undefined)).toEqual({});
  });

  it('have names for people', () => {
    expect(
      deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1'),
    ).toBe('Safari, iOS');
    expect(deviceName('Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0')).toBe(
      'Firefox, Linux',
    );
  });
});

it('knows passwords that everybody knows', async () => {
  expect(await isCompromised('P@ssw0rd')).toBe(true);
  expect(await isCompromised('123456')).toBe(true);
  expect(await isCompromised('Correct-horse7')).toBe(false);
  expect(await isCompromised('123456\npassword')).toBe(false);
  expect(await isCompromised('')).toBe(false);
});

it('protects custom authentication where the pool says so', () => {
  const pool = (UserPoolAddOns?: object) => ({ settings: { UserPoolAddOns } }) as unknown as Pool;
  const more = { AdvancedSecurityAdditionalFlows: { CustomAuthMode: 'AUDIT' } };
  expect(modeOf(pool())).toBe('OFF');
  expect(modeOf(pool({ AdvancedSecurityMode: 'ENFORCED' }), 'USER_SRP_AUTH')).toBe('ENFORCED');
  expect(modeOf(pool({ AdvancedSecurityMode: 'ENFORCED' }), 'CUSTOM_AUTH')).toBe('OFF');
  expect(modeOf(pool({ AdvancedSecurityMode: 'ENFORCED', ...more }), 'CUSTOM_AUTH')).toBe('AUDIT');
  expect(modeOf(pool({ AdvancedSecurityMode: 'OFF', ...more }), 'CUSTOM_AUTH')).toBe('OFF');
});

describe('history', () => {
  const events = (count: number, response: AuthEvent['response'], from: number): AuthEvent[] =>
    Array.from({ length: count }, (_, index) => ({
      id: `${response}-${from - index}`,
      at: from - index,
      type: 'SignIn',
      response,
      decision: 'NoRisk',
      challenges: [],
    }));

  it('is not to be washed away by wrong answers', () => {
    const past = [...events(51, 'Fail', 1_000), ...events(50, 'Pass', 100)];
    expect(excess(past, 100).map(({ id }) => id)).toEqual(['Fail-950']);
  });

  it('makes room by what is oldest', () => {
    expect(excess(events(100, 'Pass', 1_000), 100)).toEqual([]);
    const many = [...events(1, 'Fail', 2_000), ...events(100, 'Pass', 1_000)];
    expect(excess(many, 100).map(({ id }) => id)).toEqual(['Pass-901']);
    expect(excess(events(102, 'Fail', 1_000), 100).map(({ id }) => id)).toEqual(['Fail-900', 'Fail-899']);
  });
});
