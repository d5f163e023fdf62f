/** Key attributes have one type; a WHERE clause that compares them with another is a mistake. */
import type { AttributeValue } from '../domain/attributeValues.ts';
import { type KeySchema, keyAttributes } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import type { Expression } from './ast.ts';
import { readValue } from './values.ts';
import { attributeTest, keyTypeMismatch } from './whereKeys.ts';

/** @param isPlanned whether the clause leads to partitions: the words differ. @throws ValidationException */
export function checkKeyTests(
  where: Expression,
  schema: KeySchema,
  parameters: readonly AttributeValue[],
  isPlanned: boolean,
): void {
  const attributes = keyAttributes(schema);
  const walk = (expression: Expression): void => {
    if (expression.kind === 'and' || expression.kind === 'or') {
      for (const term of expression.terms) walk(term);
      return;
    }
    if (expression.kind === 'not') {
      walk(expression.term);
      return;
    }
    const test = attributeTest(expression);
    const attribute = test && attributes.find(({ name }) => name === test.name);
    if (!test || !attribute || test.operator === 'begins_with') return;
    for (const operand of test.operands) {
      const value = readValue(operand, parameters);
      const content = value[attribute.type];
      if (content === undefined) {
        if (test.operator === '=' || (isPlanned && test.operator !== 'in')) {
          throw keyTypeMismatch(attribute.name);
        }
        throw new ValidationException(
          'One or more parameter values were invalid: Condition parameter type does not match schema type',
        );
      }
      if (content.length === 0 && (test.operator === '=' || test.operator === 'in')) {
        throw new ValidationException(
          `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${attribute.type === 'B' ? 'binary' : 'string'} value. Key: ${attribute.name}`,
        );
      }
    }
  };
  walk(where);
}
