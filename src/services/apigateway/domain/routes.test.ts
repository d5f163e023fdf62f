import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Routes } from './routes.ts';

const routesOf = (...keys: string[]) => {
  const routes = new Routes<string>();
  for (const key of keys) {
    const [method, path] = key.split(' ') as [string, string];
    routes.add(method, path, key);
  }
  return routes;
};

describe('routes', () => {
  const routes = routesOf(
    'GET /',
    'GET /pets',
    'GET /pets/{id}',
    'GET /pets/dog',
    'GET /pets/{id}/toys',
    'ANY /pets/{proxy+}',
    'GET /{section}/list',
    'ANY /files/{path+}',
  );

  it.each<[string, string, string | undefined, Record<string, string>?]>([
    ['GET', '/', 'GET /', {}],
    ['GET', '', 'GET /', {}],
    ['GET', '/pets', 'GET /pets', {}],
    ['GET', '/pets/', 'GET /pets', {}],
    ['GET', '/pets/dog', 'GET /pets/dog', {}],
    ['GET', '/pets/cat', 'GET /pets/{id}', { id: 'cat' }],
    ['GET', '/pets/a%2Fb', 'GET /pets/{id}', { id: 'a%2Fb' }],
    ['POST', '/pets/cat', 'ANY /pets/{proxy+}', { proxy: 'cat' }],
    ['GET', '/pets/dog/toys', 'GET /pets/{id}/toys', { id: 'dog' }],
    ['GET', '/pets/dog/toys/1', 'ANY /pets/{proxy+}', { proxy: 'dog/toys/1' }],
    ['GET', '/pets/list', 'GET /pets/{id}', { id: 'list' }],
    ['GET', '/shops/list', 'GET /{section}/list', { section: 'shops' }],
    ['PUT', '/files/a/b.txt', 'ANY /files/{path+}', { path: 'a/b.txt' }],
    ['PUT', '/files', undefined],
    ['POST', '/pets', undefined],
    ['GET', '/nothing', undefined],
  ])('%s %s → %s', (method, path, key, parameters) => {
    const match = routes.match(method, path);
    expect(match?.target).toBe(key);
    if (key !== undefined) expect(match?.pathParameters).toEqual(parameters);
  });

  /** The rule in words, tried over all routes: at each segment a literal before a parameter before a greedy one. */
  function naive(keys: readonly string[], path: string): string | undefined {
    const rank = (part: string | undefined) =>
      part === undefined ? 3 : part.endsWith('+}') ? 2 : part.startsWith('{') ? 1 : 0;
    const wanted = path.split('/').slice(1);
    const fitting = keys.filter((key) => {
      const parts = (key.split(' ')[1] as string).split('/').slice(1);
      const greedy = parts.at(-1)?.endsWith('+}');
      if (greedy ? wanted.length < parts.length : wanted.length !== parts.length) return false;
      return parts.every((part, at) => part.startsWith('{') || part === wanted[at]);
    });
    return fitting.sort((a, b) => {
      const [left, right] = [a, b].map((key) => (key.split(' ')[1] as string).split('/').slice(1));
      for (let at = 0; at < wanted.length; at++) {
        const difference = rank(left?.[at]) - rank(right?.[at]);
        if (difference !== 0) return difference;
      }
      return 0;
    })[0];
  }

  it('agree with the rule tried over all routes', () => {
    const part = fc.constantFrom('a', 'b', 'c', '{x}');
    const path = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([parts, greedy]) => `ANY /${[...parts, ...(greedy ? ['{g+}'] : [])].join('/')}`);
    const request = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 6 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 12 }), request, (keys, asked) => {
        expect(routesOf(...keys).match('GET', asked)?.target).toBe(naive(keys, asked));
      }),
    );
  });
});
