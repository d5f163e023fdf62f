import type { Evaluation } from './evaluation.ts';
import { isRecord } from './template/references.ts';
import { TemplateError } from './templateError.ts';

/**
 * Asks the `Rules` of a template whether its parameters go together.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
 * @throws TemplateError with the description of every assertion that doesn't hold.
 */
export function checkRules(evaluation: Evaluation): void {
  const rules = evaluation.template.tree.Rules;
  if (rules === undefined) return;
  if (!isRecord(rules)) throw new TemplateError('Template format error: [/Rules] must be an object.');
  const broken = Object.entries(rules).flatMap(([name, rule]) => brokenAssertions(name, rule, evaluation));
  if (broken.length > 0) throw new TemplateError(`Template validation error: ${broken.join('; ')}`);
}

function brokenAssertions(name: string, rule: unknown, evaluation: Evaluation): string[] {
  if (!isRecord(rule) || !Array.isArray(rule.Assertions)) {
    throw new TemplateError(`Template format error: Rule ${name} must have Assertions.`);
  }
  if (rule.RuleCondition !== undefined && !evaluation.test(rule.RuleCondition)) return [];
  return rule.Assertions.flatMap((assertion) => {
    if (!isRecord(assertion) || assertion.Assert === undefined) {
      throw new TemplateError(`Template format error: Every assertion of rule ${name} must have an Assert.`);
    }
    if (evaluation.test(assertion.Assert)) return [];
    return [`Rule ${name}: ${String(assertion.AssertDescription ?? 'an assertion does not hold')}`];
  });
}
