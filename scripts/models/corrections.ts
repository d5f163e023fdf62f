/** Where AWS does otherwise than its published models say: facts that take the place of botocore's, each with its evidence. */
import type { Constraints } from './sdk.ts';

const corrections: Readonly<Record<string, Constraints['shapes']>> = {
  cognitoidp: {
    // "For custom domains, this is the fully-qualified domain name, such as auth.example.com": the published pattern
    // knows no dots, and AWS doesn't hold custom domains against it.
    DomainType: { type: 'string', max: 63, min: 1, pattern: '^[a-z0-9](?:[a-z0-9\\-.]{0,61}[a-z0-9])?$' },
    // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetClientToken.html "enable the
    // ALLOW_CLIENT_TOKEN_AUTH authentication flow": the published enumeration doesn't have it.
    ExplicitAuthFlowsType: {
      type: 'string',
      enum: [
        'ADMIN_NO_SRP_AUTH',
        'CUSTOM_AUTH_FLOW_ONLY',
        'USER_PASSWORD_AUTH',
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_CUSTOM_AUTH',
        'ALLOW_USER_PASSWORD_AUTH',
        'ALLOW_USER_SRP_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
        'ALLOW_USER_AUTH',
        'ALLOW_CLIENT_TOKEN_AUTH',
      ],
    },
  },
};

/** @param name of the model's file. */
export function corrected(name: string, constraints: Constraints): Constraints {
  return { ...constraints, shapes: { ...constraints.shapes, ...corrections[name] } };
}
