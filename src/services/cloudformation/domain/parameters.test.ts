import { describe, expect, it } from 'vitest';
import { bindParameters, parameterValue } from './parameters.ts';
import type { ParameterDeclaration } from './template/model.ts';

const bind = (declaration: Partial<ParameterDeclaration>, ParameterValue?: string) =>
  bindParameters(
    { parameters: new Map([['P', { Type: 'String', ...declaration }]]) },
    ParameterValue === undefined ? [] : [{ ParameterKey: 'P', ParameterValue }],
  );

describe('parameters', () => {
  it.each<[Partial<ParameterDeclaration>, string | undefined, string | string[]]>([
    [{}, 'x', 'x'],
    [{ Default: 'd' }, undefined, 'd'],
    [{ Default: true }, undefined, 'true'],
    [{ Type: 'Number', MinValue: 1, MaxValue: 9 }, '5', '5'],
    [{ Type: 'CommaDelimitedList' }, 'a, b ,c', ['a', 'b', 'c']],
    [{ Type: 'List<Number>' }, '80,20', ['80', '20']],
    [{ AllowedValues: [true, 1, 'x'] }, '1', '1'],
    [{ AllowedPattern: '[a-z]+' }, 'abc', 'abc'],
    [{ MinLength: 2, MaxLength: 3 }, 'ab', 'ab'],
  ])('%j given %j is %j', (declaration, given, expected) => {
    const [parameter] = bind(declaration, given);
    expect(parameter && parameterValue(parameter)).toEqual(expected);
  });

  it.each<[Partial<ParameterDeclaration>, string | undefined, string]>([
    [{}, undefined, 'Parameters: [P] must have values'],
    [{ AllowedValues: ['a'] }, 'b', "Parameter 'P' must be one of AllowedValues"],
    [{ AllowedPattern: '[a-z]+' }, 'ab1', "Parameter 'P' must match pattern [a-z]+"],
    [{ MinLength: 8 }, 'short', "Parameter 'P' must contain at least 8 characters"],
    [{ MaxLength: 2 }, 'long', "Parameter 'P' must contain at most 2 characters"],
    [{ Type: 'Number', MinValue: 3 }, '2', "Parameter 'P' must be a number not less than 3"],
    [{ Type: 'Number', MaxValue: 3 }, '4', "Parameter 'P' must be a number not greater than 3"],
    [{ Type: 'Number' }, 'four', "Parameter 'P' must be a number."],
    [
      { AllowedValues: ['a'], ConstraintDescription: 'must be a' },
      'b',
      'Parameter P failed to satisfy constraint: must be a',
    ],
    [{ Type: 'Sting' }, 'b', 'Template format error: Unrecognized parameter type: Sting'],
  ])('%j given %j: %s', (declaration, given, message) => {
    expect(() => bind(declaration, given)).toThrow(message);
  });

  it('keeps the previous value when told to, and only then', () => {
    const declared = { parameters: new Map([['P', { Type: 'String', Default: 'd' }]]) };
    const previous = [{ key: 'P', value: 'before', type: 'String', noEcho: false }];
    expect(
      bindParameters(declared, [{ ParameterKey: 'P', UsePreviousValue: true }], previous)[0]?.value,
    ).toBe('before');
    expect(bindParameters(declared, [], previous)[0]?.value).toBe('d');
  });

  it('names parameters the template lacks', () => {
    expect(() =>
      bindParameters({ parameters: new Map() }, [{ ParameterKey: 'X' }, { ParameterKey: 'Y' }]),
    ).toThrow('Parameters: [X, Y] do not exist in the template');
  });
});
