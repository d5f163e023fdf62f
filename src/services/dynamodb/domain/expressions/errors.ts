/** What is wrong with an expression, without the words before it (`Invalid ConditionExpression: …`). */
export class ExpressionError extends Error {}
