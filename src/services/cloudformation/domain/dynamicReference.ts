/**
 * True when a text in `value` refers to a parameter or a secret by `{{resolve:…}}`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export function hasDynamicReference(value: unknown): boolean {
  return JSON.stringify(value).includes('{{resolve:');
}
