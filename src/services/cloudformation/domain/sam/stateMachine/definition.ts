import { byCodePoint, pythonJson } from '../python/json.ts';
import { type Dict, isIntrinsic, isMap, isText, text } from '../values.ts';

/**
 * A definition written in the template as the string that Step Functions takes. What is only known later
 * (intrinsic functions, dynamic references) becomes a substitution.
 */
export function definitionString(definition: unknown): { DefinitionString: Dict; substitutions: Dict } {
  const substitutions: Dict = {};
  const replace = (value: unknown): unknown => {
    if (isIntrinsic(value) || isDynamicReference(value)) {
      const name = `definition_substitution_${Object.keys(substitutions).length + 1}`;
      substitutions[name] = value;
      return `\${${name}}`;
    }
    return Array.isArray(value) || isMap(value) ? within(value) : value;
  };
  const within = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (!isMap(value)) return value;
    const sorted = Object.keys(value).sort(byCodePoint);
    return Object.fromEntries(sorted.map((key) => [key, replace(value[key])]));
  };
  const lines = indented(within(definition), '').split('\n');
  return { DefinitionString: { 'Fn::Join': ['\n', lines] }, substitutions };
}

function isDynamicReference(value: unknown): boolean {
  return isText(value) && /^\{\{resolve:([a-z-]+):(.+)\}\}$/.test(text(value));
}

/** JSON over several lines, keys sorted, indented by four, as Python writes it. */
function indented(value: unknown, margin: string): string {
  const inner = `${margin}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + indented(item, inner)).join(',\n')}\n${margin}]`;
  }
  if (!isMap(value)) return pythonJson(value);
  const keys = Object.keys(value).sort(byCodePoint);
  if (keys.length === 0) return '{}';
  const members = keys.map((key) => `${inner}${pythonJson(key)}: ${indented(value[key], inner)}`);
  return `{\n${members.join(',\n')}\n${margin}}`;
}
