import { limits } from '../limits.ts';
import type { ParameterDeclaration, Template } from './template/model.ts';
import { TemplateError } from './templateError.ts';

/** A parameter as a request gives it. */
export interface GivenParameter {
  ParameterKey?: string | undefined;
  ParameterValue?: string | undefined;
  UsePreviousValue?: boolean | undefined;
}

/** A parameter of a stack. `value` is the text as given; lists are split by `parameterValue`. */
export interface StackParameter {
  readonly key: string;
  readonly value: string;
  readonly type: string;
  readonly noEcho: boolean;
  /** What an `AWS::SSM::Parameter::Value<…>` parameter named at the time of the operation. */
  readonly resolvedValue?: string;
}

/** The text CloudFormation shows in place of a NoEcho value. */
export const noEchoMask = '****';

const ssmType = /^AWS::SSM::Parameter::Value<(.+)>$/;

/**
 * Gives every parameter of the template its value and checks it against its constraints.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 * @param previous the stack's parameters, for `UsePreviousValue`.
 * @throws TemplateError in CloudFormation's words.
 */
export function bindParameters(
  template: Pick<Template, 'parameters'>,
  given: readonly GivenParameter[],
  previous: readonly StackParameter[] = [],
): StackParameter[] {
  const values = new Map<string, GivenParameter>();
  const strangers: string[] = [];
  for (const parameter of given) {
    const key = parameter.ParameterKey ?? '';
    if (values.has(key)) throw new TemplateError(`Parameter ${key} is specified more than once`);
    if (!template.parameters.has(key)) strangers.push(key);
    values.set(key, parameter);
  }
  if (strangers.length > 0) {
    throw new TemplateError(`Parameters: [${strangers.join(', ')}] do not exist in the template`);
  }
  const missing: string[] = [];
  const bound: StackParameter[] = [];
  for (const [key, declaration] of template.parameters) {
    if (!isSupportedType(declaration.Type)) {
      throw new TemplateError(`Template format error: Unrecognized parameter type: ${declaration.Type}`);
    }
    const value = boundValue(key, values.get(key), declaration, previous);
    if (value === undefined) {
      missing.push(key);
      continue;
    }
    checkConstraints(key, value, declaration);
    bound.push({ key, value, type: declaration.Type, noEcho: declaration.NoEcho === true });
  }
  if (missing.length > 0) throw new TemplateError(`Parameters: [${missing.join(', ')}] must have values`);
  return bound;
}

function boundValue(
  key: string,
  given: GivenParameter | undefined,
  declaration: ParameterDeclaration,
  previous: readonly StackParameter[],
): string | undefined {
  if (given?.UsePreviousValue) {
    if (given.ParameterValue !== undefined) {
      throw new TemplateError(
        `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true and non empty value for a parameter`,
      );
    }
    const before = previous.find((parameter) => parameter.key === key);
    if (!before) {
      throw new TemplateError(
        `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
      );
    }
    return before.value;
  }
  return given?.ParameterValue ?? defaultText(declaration);
}

/** The default as text: YAML may have read it as a number or a boolean. */
export function defaultText(declaration: ParameterDeclaration): string | undefined {
  const { Default } = declaration;
  if (Default === undefined) return undefined;
  return String(Default);
}

function isSupportedType(type: string): boolean {
  const inner = ssmType.exec(type)?.[1] ?? type;
  return [
    'String',
    'Number',
    'CommaDelimitedList',
    'List<Number>',
    'List<String>',
    'AWS::SSM::Parameter::Name',
  ].includes(inner);
}

/** The name of the SSM parameter behind this one, when its type asks for one. */
export function ssmNameOf(parameter: StackParameter): string | undefined {
  return ssmType.test(parameter.type) ? parameter.value : undefined;
}

/** What `Ref` gives: a text, or a list of texts. A Number is a text too, as the documentation says. */
export function parameterValue(parameter: StackParameter): string | string[] {
  const type = ssmType.exec(parameter.type)?.[1] ?? parameter.type;
  const value = parameter.resolvedValue ?? parameter.value;
  if (type !== 'CommaDelimitedList' && !type.startsWith('List<')) return value;
  return value === '' ? [] : value.split(',').map((item) => item.trim());
}

function checkConstraints(key: string, value: string, declaration: ParameterDeclaration): void {
  if (Buffer.byteLength(value) > limits.parameterValueBytesMax) {
    throw new TemplateError(`Parameter '${key}' must contain at most ${limits.parameterValueBytesMax} bytes`);
  }
  const problem = violation(key, value, declaration);
  if (problem === undefined) return;
  const { ConstraintDescription } = declaration;
  throw new TemplateError(
    ConstraintDescription === undefined
      ? problem
      : `Parameter ${key} failed to satisfy constraint: ${ConstraintDescription}`,
  );
}

function violation(key: string, value: string, declaration: ParameterDeclaration): string | undefined {
  const { Type, AllowedValues, AllowedPattern, MinLength, MaxLength, MinValue, MaxValue } = declaration;
  const isList = Type === 'CommaDelimitedList' || Type.startsWith('List<');
  const items = isList ? value.split(',').map((item) => item.trim()) : [value];
  if (AllowedValues && !items.every((item) => AllowedValues.map(String).includes(item))) {
    return `Parameter '${key}' must be one of AllowedValues`;
  }
  if (Type === 'Number' || Type === 'List<Number>') {
    for (const item of items) {
      const number = Number(item);
      if (item.trim() === '' || !Number.isFinite(number)) return `Parameter '${key}' must be a number.`;
      if (MinValue !== undefined && number < MinValue) {
        return `Parameter '${key}' must be a number not less than ${MinValue}`;
      }
      if (MaxValue !== undefined && number > MaxValue) {
        return `Parameter '${key}' must be a number not greater than ${MaxValue}`;
      }
    }
  }
  if (AllowedPattern !== undefined && !items.every((item) => wholePattern(key, AllowedPattern).test(item))) {
    return `Parameter '${key}' must match pattern ${AllowedPattern}`;
  }
  if (MinLength !== undefined && value.length < MinLength) {
    return `Parameter '${key}' must contain at least ${MinLength} characters`;
  }
  if (MaxLength !== undefined && value.length > MaxLength) {
    return `Parameter '${key}' must contain at most ${MaxLength} characters`;
  }
  return undefined;
}

/** The pattern is Java's and must match the whole value. */
function wholePattern(key: string, pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 's');
  } catch {
    throw new TemplateError(
      `Template format error: AllowedPattern of parameter ${key} is not a regular expression.`,
    );
  }
}
