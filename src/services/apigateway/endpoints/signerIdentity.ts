/** `$context.identity` of requests that IAM authorizes. */
import { cognitoCallerOf, type Principal, userIdOf } from '../../../platform/index.ts';

/** What an identity says of whoever signed the request. */
export function signerIdentity(principal: Principal, accessKey: string | undefined) {
  const userId = userIdOf(principal);
  const cognito = cognitoCallerOf(principal);
  const [type, ...providers] = cognito?.amr ?? [];
  return {
    accessKey: accessKey ?? null,
    accountId: principal.account,
    caller: userId,
    ...(cognito
      ? {
          cognitoAuthenticationProvider: providers.length > 0 ? providers.join(',') : null,
          cognitoAuthenticationType: type ?? null,
          cognitoIdentityId: cognito.identityId,
          cognitoIdentityPoolId: cognito.identityPoolId,
        }
      : {}),
    user: userId,
    userArn: principal.arn,
  };
}
