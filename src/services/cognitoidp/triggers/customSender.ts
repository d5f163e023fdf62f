/**
 * CustomEmailSender and CustomSMSSender: a function of the owner's sends what users are told, and Cognito sends nothing. Codes
 * reach it encrypted under a key of the owner's.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
 */
import { AwsError } from '../../../kernel/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import { CodeDeliveryFailureException, InvalidParameterException } from '../errors.ts';
import { type Context, poolArn } from '../room.ts';
import type { Pool } from '../store.ts';
import type { Telling } from './customMessage.ts';
import { encryptedCode } from './encryptedCode.ts';
import { functionOf, triggerEvent } from './invoke.ts';
import { userAttributesOf, withMetadata } from './userAttributes.ts';

/** What is handed to the function, once what caused it is in the store. */
export interface SenderEvent {
  functionArn: string;
  event: string;
}

const senders = {
  email: { name: 'CustomEmailSender', type: 'customEmailSenderRequestV1' },
  phone_number: { name: 'CustomSMSSender', type: 'customSMSSenderRequestV1' },
} as const;

const cognito = 'cognito-idp.amazonaws.com';
const dataKeyBytes = 32;

/** The function that sends to such an address in the place of Cognito. */
export function senderOf(pool: Pool, attribute: string): string | undefined {
  return functionOf(pool, senderFor(attribute).name);
}

const senderFor = (attribute: string) => senders[attribute === 'email' ? 'email' : 'phone_number'];

/**
 * Outside of any transaction: the key is asked.
 * @param code or temporary password; absent in what tells of no secret.
 * @returns nothing for pools whose messages Cognito sends.
 * @throws CodeDeliveryFailureException the key can't be used.
 */
export async function senderEvent(
  ctx: Context,
  pool: Pool,
  attribute: string,
  { user, source, clientId, clientMetadata }: Telling,
  code: string | undefined,
): Promise<SenderEvent | undefined> {
  const functionArn = senderOf(pool, attribute);
  if (functionArn === undefined) return undefined;
  const { name, type } = senderFor(attribute);
  const event = triggerEvent(pool, {
    source: source.replace(/^(?:CustomMessage_)?/, `${name}_`),
    userName: user.username,
    clientId,
    request: {
      type,
      ...(code === undefined ? {} : { code: await encrypted(ctx, pool, code) }),
      ...withMetadata(clientMetadata),
      userAttributes: userAttributesOf(pool, user),
    },
  });
  return { functionArn, event: JSON.stringify(event) };
}

async function encrypted(ctx: Context, pool: Pool, code: string): Promise<string> {
  const context = contextOf(pool);
  const principal = servicePrincipal(cognito, pool.account, poolArn(pool));
  try {
    const key = await ctx.aws
      .as({ account: pool.account, region: pool.region, principal })
      .call<{ Plaintext: Uint8Array; CiphertextBlob: Uint8Array; KeyId: string }>('kms', 'GenerateDataKey', {
        KeyId: pool.settings.LambdaConfig.KMSKeyID,
        NumberOfBytes: dataKeyBytes,
        EncryptionContext: context,
      });
    const dataKey = { plaintext: key.Plaintext, ciphertext: key.CiphertextBlob, keyArn: key.KeyId };
    return encryptedCode(code, dataKey, context, (length) => ctx.room.ids.bytes(length));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new CodeDeliveryFailureException(`The code could not be encrypted: ${error.code}`);
  }
}

const contextOf = ({ id }: Pick<Pool, 'id'>) => ({ 'userpool-id': id });

type LambdaConfig = Readonly<Record<string, unknown>>;

/**
 * Lets Cognito use the key for this pool: whoever sets up a sender must have `kms:CreateGrant` on it.
 * @param before the settings that were.
 * @throws AwsError AccessDeniedException. @throws InvalidParameterException the key isn't there, or can't be used.
 */
export async function grantKey(
  ctx: Context,
  pool: Pick<Pool, 'id'>,
  config: LambdaConfig,
  before: LambdaConfig = {},
): Promise<void> {
  const { KMSKeyID: KeyId } = config;
  const hasSender = (one: LambdaConfig) => Boolean(one.CustomEmailSender ?? one.CustomSMSSender);
  if (typeof KeyId !== 'string' || !hasSender(config)) return;
  if (hasSender(before) && before.KMSKeyID === KeyId) return;
  try {
    await ctx.aws.call('kms', 'CreateGrant', {
      KeyId,
      Name: `cognito-idp/${pool.id}`,
      GranteePrincipal: cognito,
      Operations: ['GenerateDataKey'],
      Constraints: { EncryptionContextSubset: contextOf(pool) },
    });
  } catch (error) {
    if (!(error instanceof AwsError) || error.code.startsWith('AccessDenied')) throw error;
    throw new InvalidParameterException(`The KMS key ${KeyId} cannot be used: ${error.message}`);
  }
}
