/** What is wrong with a template, in CloudFormation's words; operations answer it as `ValidationError`. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
