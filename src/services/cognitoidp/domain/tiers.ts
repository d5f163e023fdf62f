/** Which features a pool's plan has. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html */
import { FeatureUnavailableInTierException } from '../errors.ts';

export type Tier = 'LITE' | 'ESSENTIALS' | 'PLUS';

const order: readonly Tier[] = ['LITE', 'ESSENTIALS', 'PLUS'];

/** As AWS's messages name them, and the least plan that has them. */
const features = {
  'Choice-Based Sign-In': 'ESSENTIALS',
  'Email MFA': 'ESSENTIALS',
  'Managed Login': 'ESSENTIALS',
  'Password History': 'ESSENTIALS',
  'Passwordless Sign-In': 'ESSENTIALS',
  'Refresh Token Rotation': 'ESSENTIALS',
  'Step-Up Authentication': 'ESSENTIALS',
  'Token Customization with Pre-Token Generation Lambda V2_0': 'ESSENTIALS',
  'Token Customization with Pre-Token Generation Lambda V3_0': 'ESSENTIALS',
  'User Session Tracking': 'ESSENTIALS',
  'Threat Protection': 'PLUS',
} as const satisfies Record<string, Tier>;

export type Feature = keyof typeof features;

/** @returns AWS's complaint about those that the plan doesn't have; undefined when it has all. */
export function missingFeatures(tier: Tier, wanted: readonly Feature[]): string | undefined {
  const missing = wanted.filter((feature) => order.indexOf(features[feature]) > order.indexOf(tier));
  if (missing.length === 0) return undefined;
  return `The following features need to be disabled for the ${tier} pricing tier configured: ${missing.join(', ')}`;
}

/** @throws FeatureUnavailableInTierException */
export function checkTier(tier: Tier | undefined, wanted: readonly Feature[]): void {
  const complaint = missingFeatures(tier ?? 'ESSENTIALS', wanted);
  if (complaint !== undefined) throw new FeatureUnavailableInTierException(complaint);
}
