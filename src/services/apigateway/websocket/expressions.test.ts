import { describe, expect, it } from 'vitest';
import { select } from './expressions.ts';

const values: Record<string, unknown> = {
  'request.body.action': 'join',
  'request.body.n': 7,
  'request.body.flag': false,
  'request.body.object': {},
  'stageVariables.v': '$request.body.action',
  'integration.response.statuscode': 200,
};

// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
describe('selection expressions', () => {
  it.each([
    ['$request.body.action', 'join'],
    ['${request.body.action}', 'join'],
    ['${request.body.action}-beta', 'join-beta'],
    ['${request.body.action}/$request.body.n', 'join/7'],
    ['$request.body.flag', 'false'],
    ['$request.body.object', ''],
    ['$request.body.missing', ''],
    ['$default', '$default'],
    ['\\$default', '$default'],
    ['200', '200'],
    ['${integration.response.statuscode}', '200'],
    // "Multiple variables are supported, but evaluation occurs only once (no recursive evaluation)."
    ['$stageVariables.v', '$request.body.action'],
    ['costs \\$5', 'costs $5'],
    ['', ''],
  ])('%s selects %s', (expression, selected) => {
    expect(select(expression, (variable) => values[variable])).toBe(selected);
  });
});
