import { describe, expect, it } from 'vitest';
import { changedAccess, changedId, type TokenChanges } from './changes.ts';

const nothing = { add: {}, suppress: [], scopesToAdd: [], scopesToSuppress: [] };
const changes = (more: Partial<TokenChanges>): TokenChanges => ({ id: nothing, access: nothing, ...more });

const id = {
  sub: 's',
  aud: 'c',
  email: 'a@example.com',
  'cognito:username': 'ann',
  'cognito:groups': ['g'],
  'cognito:roles': ['r'],
  'cognito:preferred_role': 'r',
  'dev:custom:x': '1',
};

describe('what a function makes of tokens', () => {
  it('adds, replaces and suppresses claims, suppressing last', () => {
    const made = changedId(
      id,
      changes({ id: { add: { email: 'b@example.com', team: 'x', gone: 1 }, suppress: ['gone'] } }),
    );
    expect(made).toEqual({ ...id, email: 'b@example.com', team: 'x' });
  });

  it("leaves what is the pool's, and adds nothing in its name", () => {
    const own = ['sub', 'aud', 'iss', 'event_id', 'cognito:username', 'cognito:roles', 'cognito:other'];
    const add = Object.fromEntries([...own, 'dev:custom:y'].map((name) => [name, 'mine']));
    expect(changedId(id, changes({ id: { add, suppress: own } }))).toEqual(id);
  });

  it('suppresses what is said of groups as a whole, and claims of developers', () => {
    const suppress = ['cognito:groups', 'dev:custom:x'];
    const { sub, aud, email, 'cognito:username': name } = id;
    expect(changedId(id, changes({ id: { add: {}, suppress } }))).toEqual({
      sub,
      aud,
      email,
      'cognito:username': name,
    });
    const access = { sub, username: 'ann', 'cognito:groups': ['g'], scope: 'a b' };
    expect(changedAccess(access, changes({ access: { ...nothing, suppress } }), 'c')).toEqual({
      sub,
      username: 'ann',
      scope: 'a b',
    });
  });

  it('takes no audience but the client, and changes scopes by their own members', () => {
    const access = { sub: 's', scope: 'a b' };
    const asked = (aud: string) =>
      changedAccess(
        access,
        changes({
          access: { add: { aud, scope: 'all' }, suppress: [], scopesToAdd: ['c'], scopesToSuppress: ['a'] },
        }),
        'client',
      );
    expect(asked('client')).toEqual({ sub: 's', scope: 'b c', aud: 'client' });
    expect(asked('other')).toEqual({ sub: 's', scope: 'b c' });
  });
});
