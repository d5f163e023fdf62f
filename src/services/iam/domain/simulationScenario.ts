/**
 * `ResourceHandlingOption`: the resources that a simulated EC2 scenario has to name.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
 */
import { InvalidInput } from '../errors.ts';

const always = ['instance', 'image', 'security-group'];

const scenarios: Readonly<Record<string, readonly string[]>> = {
  'EC2-VPC-InstanceStore': [...always, 'network-interface'],
  'EC2-VPC-InstanceStore-Subnet': [...always, 'network-interface', 'subnet'],
  'EC2-VPC-EBS': [...always, 'network-interface', 'volume'],
  'EC2-VPC-EBS-Subnet': [...always, 'network-interface', 'subnet', 'volume'],
  'EC2-Classic-InstanceStore': always,
  'EC2-Classic-EBS': [...always, 'volume'],
};

/** @throws InvalidInput for a scenario that isn't known, or one that lacks a resource. */
export function checkScenario(option: string | undefined, resources: readonly string[]): void {
  if (option === undefined) return;
  const wanted = Object.hasOwn(scenarios, option) ? scenarios[option] : undefined;
  if (!wanted) throw new InvalidInput(`Invalid Entity Arn: ${option} is not a valid ResourceHandlingOption.`);
  for (const kind of wanted) {
    if (!resources.some((arn) => arn.includes(`:${kind}/`))) {
      throw new InvalidInput(`The scenario ${option} requires a resource of the type ${kind}.`);
    }
  }
}
