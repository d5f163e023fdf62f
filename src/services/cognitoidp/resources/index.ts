/** The AWS::Cognito types of user pools: each is its operations, called. */
import type { ResourceType } from '../../../platform/index.ts';
import { userPool } from './userPool.ts';
import { userPoolClient } from './userPoolClient.ts';
import { userPoolGroup, userPoolUser, userToGroupAttachment } from './users.ts';

export const resources: readonly ResourceType[] = [
  userPool,
  userPoolClient,
  userPoolUser,
  userPoolGroup,
  userToGroupAttachment,
];
