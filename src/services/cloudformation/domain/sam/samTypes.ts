import { InvalidTemplate, SamTransformError } from './errors.ts';
import { entriesOf } from './python/py27.ts';
import { asMap, type Dict, isMap, isPresent, isText, text } from './values.ts';

/** The types that SAM's first passes (definition bodies, implicit APIs, Globals) look at. */
const types = new Set(
  [
    'Api',
    'Function',
    'WebFunction',
    'SimpleTable',
    'Application',
    'LayerVersion',
    'HttpApi',
    'WebSocketApi',
    'StateMachine',
    'CapacityProvider',
    'MicrovmImage',
    'NetworkConnector',
  ].map((name) => `AWS::Serverless::${name}`),
);

/** The SAM resources of a template, all or those of the given types. */
export function samResources(template: Dict, ...wanted: string[]): [string, Dict][] {
  return entriesOf(asMap(template.Resources)).filter((entry): entry is [string, Dict] => {
    const resource = entry[1];
    if (!isMap(resource)) return false;
    if (isPresent(resource.Condition) && !isText(resource.Condition)) {
      throw new SamTransformError([new InvalidTemplate('Every Condition member must be a string.')]);
    }
    const type = isText(resource.Type) ? text(resource.Type) : '';
    return types.has(type) && (wanted.length === 0 || wanted.includes(type));
  });
}
