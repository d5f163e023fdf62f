/**
 * A mapping template that writes a payload in the shape of a model, to start from.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_GetModelTemplate.html
 */

/** Deeper than any payload is; what refers to itself ends somewhere. */
const depthMax = 16;

/** @param schema JSON schema, references resolved. */
export function modelTemplate(schema: unknown): string {
  return `#set($inputRoot = $input.path('$'))\n${write(schema, '$inputRoot', '', 0)}`;
}

interface Schema {
  type?: unknown;
  properties?: Record<string, unknown>;
  items?: unknown;
}

/** @param value the Velocity expression of what is written. @param indent of the line it stands in. */
function write(schema: unknown, value: string, indent: string, depth: number): string {
  const { type, properties, items } = (typeof schema === 'object' && schema !== null ? schema : {}) as Schema;
  const kind = Array.isArray(type) ? type.find((name) => name !== 'null') : type;
  if (depth < depthMax && (kind === 'object' || properties)) {
    const members = Object.entries(properties ?? {}).map(
      ([name, member]) =>
        `${indent}  ${JSON.stringify(name)} : ${write(member, `${value}.${name}`, `${indent}  `, depth + 1)}`,
    );
    return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
  }
  if (depth < depthMax && kind === 'array') {
    const element = depth === 0 ? '$elem' : `$elem${depth}`;
    const inner = write(items, element, `${indent}  `, depth + 1);
    return `[\n${indent}#foreach(${element} in ${value})\n${indent}  ${inner}#if($foreach.hasNext),#end\n${indent}#end\n${indent}]`;
  }
  return kind === 'integer' || kind === 'number' || kind === 'boolean' ? value : `"${value}"`;
}
