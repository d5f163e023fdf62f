/** The AWS::Cognito types of user pools: each is its operations, called. */
import type { ResourceType } from '../../../platform/index.ts';
import { managedLoginBranding, terms, uiCustomizationAttachment } from './branding.ts';
import { userPoolDomain, userPoolResourceServer } from './domains.ts';
import { userPoolIdentityProvider } from './identityProvider.ts';
import { logDeliveryConfiguration } from './logDelivery.ts';
import { riskConfigurationAttachment } from './risk.ts';
import { userPool } from './userPool.ts';
import { userPoolClient } from './userPoolClient.ts';
import { userPoolGroup, userPoolUser, userToGroupAttachment } from './users.ts';

export const resources: readonly ResourceType[] = [
  userPool,
  userPoolClient,
  userPoolUser,
  userPoolGroup,
  userToGroupAttachment,
  userPoolDomain,
  userPoolResourceServer,
  userPoolIdentityProvider,
  logDeliveryConfiguration,
  riskConfigurationAttachment,
  uiCustomizationAttachment,
  managedLoginBranding,
  terms,
];
