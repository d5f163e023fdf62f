import type { SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { expectBoolean, expectMap, property } from '../expect.ts';
import { hashedId } from '../logicalIds.ts';
import { CfnResource } from '../resource.ts';
import { type Dict, isPresent } from '../values.ts';

export interface RecordSetRequest {
  readonly apiId: string;
  readonly domain: Dict;
  readonly attributes: Dict;
  /** Where the records point to; each record gets its own. */
  readonly aliasTarget: (route53: Dict) => Dict;
  /** Whether the zone's name is left out when its id is given. */
  readonly idWins: boolean;
  /** Whether `SeparateRecordSetGroup` is known here. */
  readonly separable: boolean;
}

/** `Domain.Route53`: records in the zone's one group, or in a group of their own. */
export function recordSetGroup(request: RecordSetRequest, context: SamContext): CfnResource | undefined {
  const { apiId, domain } = request;
  if (domain.Route53 === undefined || domain.Route53 === null) return undefined;
  const route53 = expectMap(domain.Route53, property(apiId, 'Domain.Route53'));
  const { HostedZoneId: zoneId, HostedZoneName: zoneName } = route53;
  if ((zoneId ?? zoneName ?? undefined) === undefined) {
    throw new InvalidResource(
      apiId,
      'HostedZoneId or HostedZoneName is required to enable Route53 support on Custom Domains.',
    );
  }
  const zone = isPresent(zoneId) ? zoneId : zoneName;
  if (request.separable && isPresent(route53.SeparateRecordSetGroup)) {
    expectBoolean(route53.SeparateRecordSetGroup, property(apiId, 'Domain.Route53.SeparateRecordSetGroup'));
    const group = makeGroup(hashedId('RecordSetGroup', [zone, domain.DomainName]), route53, request);
    addRecords(group, route53, request);
    return group;
  }
  const logicalId = hashedId('RecordSetGroup', zone);
  const group = context.recordSetGroups.get(logicalId) ?? makeGroup(logicalId, route53, request);
  context.recordSetGroups.set(logicalId, group);
  addRecords(group, route53, request);
  return group;
}

function makeGroup(logicalId: string, route53: Dict, request: RecordSetRequest): CfnResource {
  const { HostedZoneId, HostedZoneName } = route53;
  const named = request.idWins && HostedZoneId !== undefined ? undefined : HostedZoneName;
  return new CfnResource(
    logicalId,
    'AWS::Route53::RecordSetGroup',
    { HostedZoneId, HostedZoneName: named, RecordSets: [] },
    { attributes: request.attributes },
  );
}

function addRecords(group: CfnResource, route53: Dict, request: RecordSetRequest): void {
  const records = group.properties.RecordSets as Dict[];
  for (const Type of route53.IpV6 === true ? ['A', 'AAAA'] : ['A']) {
    const record: Dict = { Name: request.domain.DomainName, Type, AliasTarget: request.aliasTarget(route53) };
    for (const name of ['Region', 'SetIdentifier']) {
      if (route53[name] !== undefined && route53[name] !== null) record[name] = route53[name];
    }
    records.push(record);
  }
}
