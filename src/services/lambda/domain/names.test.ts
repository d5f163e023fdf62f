import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { functionArn, layerArn, parseFunctionName, parseLayerName } from './names.ts';

const here = { account: '111122223333', region: 'eu-west-1' };
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/).filter((text) => text !== 'function');
const qualifier = fc.option(fc.stringMatching(/^(\$LATEST|[a-zA-Z0-9_-]{1,20})$/), { nil: undefined });

describe('parseFunctionName', () => {
  it('reads every form that AWS documents', () => {
    const whole = { ...here, name: 'my-function', qualifier: undefined };
    expect(parseFunctionName('my-function', undefined, here)).toEqual(whole);
    expect(parseFunctionName('my-function:v1', undefined, here)).toEqual({ ...whole, qualifier: 'v1' });
    expect(parseFunctionName('999999999999:function:my-function', undefined, here)).toEqual({
      ...whole,
      account: '999999999999',
    });
    expect(parseFunctionName('function:my-function', undefined, here)).toEqual(whole);
    const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:my-function';
    expect(parseFunctionName(arn, undefined, here)).toEqual(whole);
    expect(parseFunctionName(`${arn}:$LATEST`, '$LATEST', here)).toEqual({ ...whole, qualifier: '$LATEST' });
  });

  it('reads back what functionArn writes', () => {
    fc.assert(
      fc.property(name, qualifier, (name, qualifier) => {
        const arn = functionArn({ ...here, name }, qualifier);
        expect(parseFunctionName(arn, undefined, here)).toEqual({ ...here, name, qualifier });
      }),
    );
  });

  it('refuses other regions, contradicting qualifiers and what is no name', () => {
    expect(() =>
      parseFunctionName('arn:aws:lambda:us-west-2:111122223333:function:f', undefined, here),
    ).toThrow("Functions from 'us-west-2' are not reachable in this region ('eu-west-1')");
    expect(() => parseFunctionName('f:1', '2', here)).toThrow('does not match the specified qualifier');
    expect(() => parseFunctionName('a b', undefined, here)).toThrow('not a valid function name');
  });
});

describe('parseLayerName', () => {
  it('reads names, ARNs and version ARNs', () => {
    const place = { ...here, name: 'deps' };
    expect(parseLayerName('deps', here)).toEqual({ ...place, version: undefined });
    expect(parseLayerName(layerArn(place), here)).toEqual({ ...place, version: undefined });
    expect(parseLayerName(layerArn(place, 12), here)).toEqual({ ...place, version: 12 });
  });
});
