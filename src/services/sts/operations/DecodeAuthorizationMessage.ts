/** https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html: what policies said to a denied request. */
import type {
  DecodeAuthorizationMessageRequest,
  DecodeAuthorizationMessageResponse,
} from '@aws-sdk/client-sts';
import { decodeAuthorizationMessage, type OperationContext } from '../../../platform/index.ts';
import { InvalidAuthorizationMessageException } from '../errors.ts';
import type { StsRoom } from '../room.ts';

/** @throws InvalidAuthorizationMessageException the same for messages that were changed and for those of other accounts. */
export async function DecodeAuthorizationMessage(
  { room, account }: OperationContext<StsRoom>,
  { EncodedMessage: encoded = '' }: DecodeAuthorizationMessageRequest,
): Promise<DecodeAuthorizationMessageResponse> {
  const text = decodeAuthorizationMessage(room.vault, account, encoded);
  if (text === undefined) throw new InvalidAuthorizationMessageException('Message is not valid');
  return { DecodedMessage: text };
}
