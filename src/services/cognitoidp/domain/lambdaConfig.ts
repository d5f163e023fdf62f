/** Which functions a pool names for its triggers. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_LambdaConfigType.html */
import { InvalidParameterException } from '../errors.ts';

type LambdaConfig = Readonly<Record<string, unknown>>;

/** @returns it as DescribeUserPool shows it. @throws InvalidParameterException */
export function lambdaConfigOf(given: LambdaConfig = {}): Record<string, unknown> {
  const { PreTokenGeneration: older, PreTokenGenerationConfig: newer, KMSKeyID: key } = given;
  if ((given.CustomEmailSender || given.CustomSMSSender) && !key) {
    throw new InvalidParameterException('KMSKeyID is required for CustomEmailSender and CustomSMSSender.');
  }
  const { LambdaArn: arn } = (newer ?? {}) as { LambdaArn?: string };
  if (older !== undefined && arn !== undefined && older !== arn) {
    throw new InvalidParameterException(
      'PreTokenGeneration and PreTokenGenerationConfig must name the same function.',
    );
  }
  // "This parameter and the PreTokenGeneration property of LambdaConfig have the same value."
  return arn === undefined ? { ...given } : { ...given, PreTokenGeneration: arn };
}
