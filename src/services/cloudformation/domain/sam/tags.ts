import { InvalidResource } from './errors.ts';
import type { CfnResource } from './resource.ts';
import { asMap, type Dict, isEmpty, tagList } from './values.ts';

const reservedTags = ['lambda:createdBy', 'serverlessrepo:applicationId', 'serverlessrepo:semanticVersion'];

/** The author's tags behind SAM's own; a reserved name among them is an error. */
export function samTags(logicalId: string, tags: unknown, additional: Dict = {}): Dict[] {
  for (const name of reservedTags) {
    if (name in asMap(tags)) {
      throw new InvalidResource(
        logicalId,
        `${name} is a reserved Tag key name and cannot be set on your resource. Please change the tag key in the input.`,
      );
    }
  }
  return [...tagList({ 'lambda:createdBy': 'SAM' }), ...tagList(additional), ...tagList(tags)];
}

/** `PropagateTags`: every generated resource that takes tags gets the author's. */
export function propagateTags(resources: readonly CfnResource[], tags: unknown, propagate: unknown): void {
  if (isEmpty(propagate) || isEmpty(tags)) return;
  for (const resource of resources) {
    if (!resource.takesTags || isHttpApi(resource)) continue;
    const asItIs = resource.type.startsWith('AWS::ApiGatewayV2::');
    resource.properties.Tags = asItIs ? tags : tagList(tags);
  }
}

/** HTTP APIs take their tags inside the OpenAPI document. */
function isHttpApi(resource: CfnResource): boolean {
  return resource.type === 'AWS::ApiGatewayV2::Api' && resource.properties.ProtocolType !== 'WEBSOCKET';
}

/** As {@link propagateTags}, but tags that are there already stay. */
export function combineTags(resources: readonly CfnResource[], tags: unknown, propagate: unknown): void {
  if (isEmpty(propagate) || isEmpty(tags)) return;
  for (const resource of resources) {
    if (!resource.takesTags) continue;
    const present = (resource.properties.Tags ?? []) as Dict[];
    const merged = new Map([...present, ...tagList(tags)].map((tag) => [tag.Key, tag.Value]));
    resource.properties.Tags = [...merged].map(([Key, Value]) => ({ Key, Value }));
  }
}
