/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
import { describe, expect, it } from 'vitest';
import { identifierNames, isExact, nearest, parseIdentifier, type RuntimeIdentifier } from './identifiers.ts';

const parse = (name: string) => parseIdentifier(name) as RuntimeIdentifier;

describe('identifiers of runtimes', () => {
  it('are understood, every one of them', () => {
    expect(identifierNames.filter((name) => parseIdentifier(name) === undefined)).toEqual([]);
    expect(parse('nodejs4.3-edge')).toEqual({ name: 'nodejs4.3-edge', family: 'nodejs', version: [4] });
    expect(parse('nodejs').version).toEqual([0]);
    expect(parse('java8.al2')).toMatchObject({ family: 'java', version: [8] });
    expect(parse('dotnetcore3.1')).toMatchObject({ family: 'dotnet', version: [3, 1] });
    expect(parse('provided.al2023')).toMatchObject({ family: 'provided', version: [] });
    // Those that AWS will have.
    expect(parse('python3.15')).toMatchObject({ family: 'python', version: [3, 15] });
  });

  it('are no other words', () => {
    for (const name of ['', 'cobol85', 'python', 'nodejs22.x; rm', 'Java8', 'java'])
      expect(parseIdentifier(name), name).toBeUndefined();
  });

  it('name a version exactly as far as they go', () => {
    expect(isExact(parse('nodejs22.x'), '22.19.0')).toBe(true);
    expect(isExact(parse('nodejs22.x'), '2.2.19')).toBe(false);
    expect(isExact(parse('python3.1'), '3.10.4')).toBe(false);
    expect(isExact(parse('python3.12'), '3.12.1')).toBe(true);
    expect(isExact(parse('java8.al2'), '8.0.402')).toBe(true);
    expect(isExact(parse('ruby3.2'), '3.3.0')).toBe(false);
  });
});

describe('the nearest version', () => {
  const of = (name: string, ...versions: string[]) =>
    nearest(
      parse(name),
      versions.map((version) => ({ version })),
    )?.version;

  it('is the one that is named, in its newest patch', () => {
    expect(of('nodejs20.x', '20.9.0', '22.1.0', '20.19.0', '18.0.0')).toBe('20.19.0');
  });

  it('else the next newer one, in its newest patch', () => {
    expect(of('nodejs12.x', '24.1.0', '16.3.0', '16.20.2', '20.1.0')).toBe('16.20.2');
    expect(of('python3.9', '3.8.18', '3.13.0', '3.10.2', '3.10.13')).toBe('3.10.13');
    expect(of('java11', '25.0.1', '17.0.15')).toBe('17.0.15');
    expect(of('python2.7', '3.12.1', '3.11.2')).toBe('3.11.2');
  });

  it('else the newest of the older ones', () => {
    expect(of('python3.14', '3.9.18', '3.12.1', '3.11.0')).toBe('3.12.1');
    expect(of('java25', '8.0.402', '17.0.15')).toBe('17.0.15');
  });

  it('is none where there is nothing', () => {
    expect(of('ruby3.4')).toBeUndefined();
  });
});
