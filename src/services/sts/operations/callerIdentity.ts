/** GetCallerIdentity and GetAccessKeyInfo: who am I, and whose is this key. */
import type {
  GetAccessKeyInfoRequest,
  GetAccessKeyInfoResponse,
  GetCallerIdentityRequest,
  GetCallerIdentityResponse,
} from '@aws-sdk/client-sts';
import { accountOfAccessKeyId } from '../../../kernel/index.ts';
import type { OperationContext, Principal } from '../../../platform/index.ts';
import type { StsRoom } from '../room.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export async function GetCallerIdentity(
  { principal, account }: OperationContext<StsRoom>,
  _input: GetCallerIdentityRequest,
): Promise<GetCallerIdentityResponse> {
  return { UserId: userIdOf(principal), Account: account, Arn: principal.arn };
}

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html: the account only, which the id says,
 * whatever has become of the key. A root key's id is its account's.
 */
export async function GetAccessKeyInfo(
  { account }: OperationContext<StsRoom>,
  { AccessKeyId: accessKeyId = '' }: GetAccessKeyInfoRequest,
): Promise<GetAccessKeyInfoResponse> {
  if (/^\d{12}$/.test(accessKeyId)) return { Account: accessKeyId };
  return { Account: accountOfAccessKeyId(accessKeyId) ?? account };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable */
function userIdOf(principal: Principal): string {
  switch (principal.type) {
    case 'root':
      return principal.account;
    case 'user':
      return principal.userId;
    case 'role':
      return `${principal.roleId}:${principal.sessionName}`;
    case 'federatedUser':
      return `${principal.account}:${principal.name}`;
    default:
      return principal.arn;
  }
}
