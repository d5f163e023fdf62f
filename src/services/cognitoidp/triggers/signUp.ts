/** PreSignUp and PostConfirmation. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html and user-pool-lambda-post-confirmation.html */
import type { Attributes } from '../domain/attributes.ts';
import { InvalidLambdaResponseException } from '../errors.ts';
import type { Context } from '../room.ts';
import type { Pool, User } from '../store.ts';
import { runTrigger } from './invoke.ts';
import { userAttributesOf, withMetadata } from './userAttributes.ts';

type Metadata = Readonly<Record<string, string>>;

export interface SigningUp {
  source: 'PreSignUp_SignUp' | 'PreSignUp_AdminCreateUser' | 'PreSignUp_ExternalProvider';
  userName: string;
  /** As they were sent. */
  attributes: Attributes;
  /** Absent for administrators. */
  clientId?: string | undefined;
  validationData?: Metadata | undefined;
  clientMetadata?: Metadata | undefined;
}

/** What the function decided. Administrators' users are created as if it had decided nothing. */
export interface SignUpDecision {
  confirmed: boolean;
  /** Addresses that count as verified. */
  verified: string[];
}

/** @throws UserLambdaValidationException the function refuses the user. @throws InvalidLambdaResponseException */
export async function preSignUp(ctx: Context, pool: Pool, signingUp: SigningUp): Promise<SignUpDecision> {
  const { source, userName, attributes, clientId, validationData, clientMetadata } = signingUp;
  const response = await runTrigger(ctx, pool, {
    name: 'PreSignUp',
    source,
    userName,
    clientId,
    request: {
      userAttributes: attributes,
      validationData: validationData ?? null,
      ...withMetadata(clientMetadata),
    },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  });
  if (!response || source === 'PreSignUp_AdminCreateUser') return { confirmed: false, verified: [] };
  const verified: string[] = [];
  for (const [name, member] of [
    ['email', 'autoVerifyEmail'],
    ['phone_number', 'autoVerifyPhone'],
  ] as const) {
    if (response[member] !== true) continue;
    // "When set to true, the attribute must have a valid, non-null value. Otherwise an error will occur."
    if (!attributes[name]) {
      throw new InvalidLambdaResponseException(`${member} is true, but the user has no ${name}.`);
    }
    verified.push(name);
  }
  return { confirmed: response.autoConfirmUser === true, verified };
}

/**
 * After a user was confirmed, or set a new password by code. The user stays confirmed when it throws.
 * @throws UserLambdaValidationException, UnexpectedLambdaException, InvalidLambdaResponseException
 */
export async function postConfirmation(
  ctx: Context,
  pool: Pool,
  user: User,
  told: {
    source: 'PostConfirmation_ConfirmSignUp' | 'PostConfirmation_ConfirmForgotPassword';
    clientId?: string | undefined;
    clientMetadata?: Metadata | undefined;
  },
): Promise<void> {
  await runTrigger(ctx, pool, {
    name: 'PostConfirmation',
    source: told.source,
    userName: user.username,
    clientId: told.clientId,
    request: { userAttributes: userAttributesOf(pool, user), ...withMetadata(told.clientMetadata) },
  });
}
