const byRegion: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-iso-', 'aws-iso'],
  ['us-isob', 'aws-iso-b'],
  ['us-gov', 'aws-us-gov'],
  ['eu-isoe', 'aws-iso-e'],
  ['us-isof', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];

export function partitionOf(region: string): string {
  return byRegion.find(([prefix]) => region.toLowerCase().startsWith(prefix))?.[1] ?? 'aws';
}

/** Edge-optimised endpoints exist in the commercial partition only. */
export function hasEdgeEndpoints(partition: string): boolean {
  return !partition.startsWith('aws-iso') && !['aws-us-gov', 'aws-cn', 'aws-eusc'].includes(partition);
}

export function managedPolicyArnIn(partition: string, name: string): string {
  return `arn:${partition}:iam::aws:policy/${name}`;
}
