import { describe, expect, it } from 'vitest';
import { debuggingOptions } from './debugging.ts';

describe('--inspect', () => {
  it('takes a port, a function, both or neither', () => {
    expect(debuggingOptions(true, undefined)).toEqual({ port: 9229, functionName: undefined });
    expect(debuggingOptions('Checkout', undefined)).toEqual({ port: 9229, functionName: 'Checkout' });
    expect(debuggingOptions('9230', 'Checkout')).toEqual({ port: 9230, functionName: 'Checkout' });
    expect(debuggingOptions(true, 'Checkout')).toEqual({ port: 9229, functionName: 'Checkout' });
    expect(() => debuggingOptions('One', 'Two')).toThrow('A session inspects one function; got One and Two.');
    expect(() => debuggingOptions('70000', 'Two')).toThrow('A port is 1 to 65535; got 70000.');
  });
});
