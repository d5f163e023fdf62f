/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html */
import type { AuthorizationRule } from '../../platform/index.ts';
import { readRole } from './operations/AssumeRole.ts';
import type { StsRoom } from './room.ts';

export const authorize: Readonly<Record<string, AuthorizationRule<StsRoom>>> = {
  // The trust policy of a role is its resource policy.
  AssumeRole: async (ctx, input: { RoleArn?: string }) => {
    const roleArn = input.RoleArn ?? '*';
    const trust = (await readRole(ctx, roleArn))?.AssumeRolePolicyDocument;
    return {
      resources: [roleArn],
      ...(trust === undefined ? {} : { resourcePolicy: decodeURIComponent(trust) }),
    };
  },
  // “No permissions are required to perform this operation”, even when a policy denies it.
  GetCallerIdentity: () => [],
  GetSessionToken: () => [],
};
