import { type Dict, isMap } from '../values.ts';
import { type Endpoint, EndpointError } from './endpoint.ts';

/** Puts what is known of both ends into a profile: `%{Source.Arn}` and the like. */
export function fillProfile<T>(profile: T, source: Endpoint, destination: Endpoint): T {
  const values: Dict = {
    'Source.Arn': source.arn,
    'Destination.Arn': destination.arn,
    'Source.ResourceId': source.resourceId,
    'Destination.ResourceId': destination.resourceId,
    'Source.Name': source.name,
    'Destination.Name': destination.name,
    'Source.Qualifier': source.qualifier,
    'Destination.Qualifier': destination.qualifier,
  };
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') return fillText(value, values);
    if (Array.isArray(value)) return value.map(fill);
    if (!isMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
  };
  return fill(profile) as T;
}

/** A text that is one variable becomes its value; one that contains variables becomes a Fn::Sub. */
function fillText(template: string, values: Dict): unknown {
  const used: Dict = {};
  let result = template;
  for (const [name, value] of Object.entries(values)) {
    const variable = `%{${name}}`;
    if (!result.includes(variable)) continue;
    if (value === undefined || value === null) throw new EndpointError(`${name} is missing.`);
    if (result === variable) return value;
    const plain = name.replaceAll('.', '');
    result = result.replaceAll(variable, `\${${plain}}`);
    used[plain] = value;
  }
  if (!/\$\{.+\}/.test(result)) return result;
  return { 'Fn::Sub': Object.keys(used).length > 0 ? [result, used] : result };
}
