/** Policies that are put whole, and what policies say of callers of whom nothing is known. */
import { InvalidParameterValueException } from '../errors.ts';
import type { PolicyStatement } from '../records.ts';

type Json = Readonly<Record<string, unknown>>;

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
const conditionOperator =
  /^(?:For(?:All|Any)Values?:)?(?:Null|(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?)$/;

/** @throws InvalidParameterValueException for what isn't a policy document of a resource. */
export function parsePolicy(document: string): PolicyStatement[] {
  const { Statement } = parsed(document);
  const statements: unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  if (statements.length === 0) throw malformed('Statement is empty');
  for (const statement of statements) checkStatement(statement);
  return statements as PolicyStatement[];
}

function parsed(document: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    // Said below.
  }
  if (!isObject(value)) throw malformed('it is not a JSON object');
  return value;
}

function checkStatement(statement: unknown): void {
  if (!isObject(statement)) throw malformed('a statement is not a JSON object');
  const { Effect, Condition = {} } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed('Effect must be Allow or Deny');
  for (const field of ['Action', 'Resource']) {
    const value = statement[field] ?? statement[`Not${field}`];
    if (!isTexts(value)) throw malformed(`a statement needs ${field}, a string or a list of strings`);
  }
  const principal = statement.Principal ?? statement.NotPrincipal;
  if (principal !== '*' && !(isObject(principal) && Object.values(principal).every(isTexts)))
    throw malformed('a statement needs Principal, "*" or an object of strings');
  if (!isObject(Condition)) throw malformed('Condition is not a JSON object');
  for (const [operator, keys] of Object.entries(Condition)) {
    if (!conditionOperator.test(operator)) throw malformed(`${operator} is not a condition operator`);
    if (!isObject(keys) || !Object.values(keys).flat().every(isScalar))
      throw malformed(`the condition ${operator} does not hold strings`);
  }
}

function malformed(why: string): Error {
  return new InvalidParameterValueException(`The policy document is malformed: ${why}.`);
}

/** Whether anyone may call a function URL that asks for no credentials: both actions are asked for. */
export function allowsUrl(statements: readonly PolicyStatement[]): boolean {
  return (
    isOpen(statements, 'lambda:InvokeFunctionUrl', { 'lambda:functionurlauthtype': 'NONE' }) &&
    isOpen(statements, 'lambda:InvokeFunction', { 'lambda:invokedviafunctionurl': 'true' })
  );
}

/** A condition on anything but `known` doesn't hold; a denial is believed whatever its condition. */
function isOpen(
  statements: readonly PolicyStatement[],
  action: string,
  known: Readonly<Record<string, string>>,
): boolean {
  if (statements.some((one) => one.Effect === 'Deny' && mayBear(one, action))) return false;
  return statements.some(
    ({ Effect, Principal, Action, Condition = {} }) =>
      Effect === 'Allow' &&
      namesEveryone(Principal) &&
      names(Action, action) &&
      Object.entries(Condition).every(([operator, wanted]) =>
        Object.entries(wanted).every(
          ([key, values]) =>
            /^(StringEquals|StringLike|Bool)$/.test(operator) &&
            listOf(values)
              .map(String)
              .includes(known[key.toLowerCase()] ?? ''),
        ),
      ),
  );
}

/** What isn't told in so many words (NotAction, NotPrincipal) may. */
function mayBear({ Principal, Action }: PolicyStatement, action: string): boolean {
  return (
    (Principal === undefined || namesEveryone(Principal)) && (Action === undefined || names(Action, action))
  );
}

function names(patterns: PolicyStatement['Action'], action: string): boolean {
  return listOf(patterns).some((pattern) => {
    const [text, ...rest] = pattern.split('*').map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${[text, ...rest].join('.*').replaceAll('?', '.')}$`, 'i').test(action);
  });
}

function namesEveryone(principal: unknown): boolean {
  if (principal === '*') return true;
  return isObject(principal) && listOf(principal.AWS as string).includes('*');
}

function listOf<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value as Value];
}

function isTexts(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
