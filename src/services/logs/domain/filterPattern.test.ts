import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../kernel/index.ts';
import { compileFilterPattern } from './filterPattern.ts';

const json = JSON.stringify({
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  latency: 12.5,
  ok: true,
  gone: null,
  users: [{ id: 1 }, { 'full name': 'Ada' }],
});

describe('filter patterns', () => {
  it.each([
    ['', 'anything', true],
    ['ERROR', '[ERROR] 400 BAD REQUEST', true],
    ['ERROR', '[error] lower', false],
    ['ERROR ARGUMENTS', '[ERROR] 419 MISSING ARGUMENTS', true],
    ['ERROR ARGUMENTS', '[ERROR] 400 BAD REQUEST', false],
    ['?ERROR ?ARGUMENTS', 'INVALID ARGUMENTS', true],
    ['?ERROR ?ARGUMENTS', 'fine', false],
    ['"INTERNAL SERVER ERROR"', '[ERROR 500] INTERNAL SERVER ERROR', true],
    ['"INTERNAL SERVER ERROR"', 'INTERNAL ERROR SERVER', false],
    ['ERROR -EXITING', 'ERROR EXITING', false],
    ['ERROR -EXITING', 'ERROR STAYING', true],
    ['%AUTH[0-9]+%', 'AUTH42', true],
    ['%AUTH[0-9]+%', 'AUTH', false],
  ])('terms %j on %j', (pattern, message, expected) => {
    expect(compileFilterPattern(pattern)(message)).toBe(expected);
  });

  it.each([
    ['{ $.eventType = "UpdateTrail" }', true],
    ['{ $.eventType = Update* }', true],
    ['{ $.eventType != "UpdateTrail" }', false],
    ['{ $.sourceIPAddress != 123.123.* }', true],
    ['{ $.latency > 12 }', true],
    ['{ $.latency >= 12.6 }', false],
    ['{ $.ok IS TRUE }', true],
    ['{ $.gone IS NULL }', true],
    ['{ $.absent NOT EXISTS }', true],
    ['{ $.users[0].id = 1 }', true],
    ['{ $.users[1]["full name"] = "Ada" }', true],
    ['{ ($.ok IS FALSE || $.latency < 20) && $.eventType = "UpdateTrail" }', true],
    ['{ $.__proto__ = "x" }', false],
  ])('json %j', (pattern, expected) => {
    expect(compileFilterPattern(pattern)(json)).toBe(expected);
  });

  it('a JSON pattern never matches what is not JSON', () => {
    expect(compileFilterPattern('{ $.a = 1 }')('a = 1')).toBe(false);
  });

  it('any text is a pattern or a clear error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}()[]$.a1"%&|=!<>?- \\*') }),
        fc.string(),
        (pattern, message) => {
          try {
            compileFilterPattern(pattern)(message);
          } catch (error) {
            expect(error).toBeInstanceOf(AwsError);
          }
        },
      ),
    );
  });
});
