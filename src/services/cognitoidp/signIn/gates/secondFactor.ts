/** A second factor, where the pool or the user wants one. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html */
import { NotImplemented } from '../../../../kernel/index.ts';
import type { Gate } from '../goOn.ts';

export const secondFactor: Gate = (_ctx, { door }) => {
  if (door.pool.settings.MfaConfiguration === 'ON') throw new NotImplemented('MFA of Cognito user pools');
  return undefined;
};
