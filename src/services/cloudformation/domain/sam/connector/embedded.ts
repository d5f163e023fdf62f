import { DuplicateLogicalId, InvalidResource, SamError } from '../errors.ts';
import { attribute, expectMap, property } from '../expect.ts';
import { entriesOf } from '../python/py27.ts';
import { CfnResource } from '../resource.ts';
import { readResource } from '../schema.ts';
import { asMap, type Dict, isMap } from '../values.ts';
import { connectorSchema } from './connector.ts';

const type = 'AWS::Serverless::Connector';

/** Makes the `Connectors` of any resource resources of their own. Returns what is wrong with them. */
export function liftConnectors(template: Dict): SamError[] {
  const resources = template.Resources as Dict;
  const errors: SamError[] = [];
  const lifted: Dict = {};
  const collect = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SamError)) throw error;
      errors.push(error);
    }
  };
  for (const [sourceId, resource] of entriesOf(resources)) {
    if (!isMap(resource) || !('Connectors' in resource)) continue;
    collect(() => {
      const connectors = expectMap(resource.Connectors, attribute(sourceId, `${sourceId}.Connectors`));
      for (const [name, connector] of entriesOf(connectors)) {
        collect(() => lift(sourceId, name, connector, resources, lifted));
      }
    });
    delete resource.Connectors;
  }
  Object.assign(resources, lifted);
  return errors;
}

function lift(sourceId: string, name: string, connector: unknown, resources: Dict, lifted: Dict): void {
  const logicalId = sourceId + name;
  if (!isMap(connector)) throw new InvalidResource(logicalId, `${sourceId}.${logicalId} should be a map.`);
  const given = expectMap(connector.Properties, attribute(sourceId, `Connectors.${name}.Properties`));
  const { SourceReference, ...rest } = given;
  let source: Dict = { Id: sourceId };
  if ('SourceReference' in given) {
    const place = property(sourceId, `Connectors.${name}.Properties.SourceReference`);
    const reference = expectMap(SourceReference, place);
    if ('Id' in reference) throw new InvalidResource(name, "'Id' shouldn't be defined in 'SourceReference'.");
    source = { ...source, ...reference };
  }
  const whole = { ...connector, Type: type, Properties: { ...rest, Source: source } };
  const read = readResource(logicalId, type, whole, connectorSchema);
  if (logicalId in resources) throw new DuplicateLogicalId(sourceId, logicalId, type);
  lifted[logicalId] = new CfnResource(logicalId, type, asMap(read.properties), read).toTemplate();
}
