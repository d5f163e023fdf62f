/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpool.html */
import { isDeepStrictEqual } from 'node:util';
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceState, ResourceType } from '../../../platform/index.ts';
import { call, flag, list, number, object, objects, pick, required, text, unlessMissing } from './steps.ts';

const lambdaVersion = object({ LambdaArn: text, LambdaVersion: text });
const triggers = [
  'CreateAuthChallenge',
  'CustomMessage',
  'DefineAuthChallenge',
  'KMSKeyID',
  'PostAuthentication',
  'PostConfirmation',
  'PreAuthentication',
  'PreSignUp',
  'PreTokenGeneration',
  'UserMigration',
  'VerifyAuthChallengeResponse',
];

/** Those that CreateUserPool and UpdateUserPool take under the same name. */
const settings = {
  AccountRecoverySetting: object({ RecoveryMechanisms: objects({ Name: text, Priority: number }) }),
  AdminCreateUserConfig: object({
    AllowAdminCreateUserOnly: flag,
    InviteMessageTemplate: object({ EmailMessage: text, EmailSubject: text, SMSMessage: text }),
    UnusedAccountValidityDays: number,
  }),
  AutoVerifiedAttributes: list,
  DeletionProtection: text,
  DeviceConfiguration: object({ ChallengeRequiredOnNewDevice: flag, DeviceOnlyRememberedOnUserPrompt: flag }),
  EmailConfiguration: object({
    ConfigurationSet: text,
    EmailSendingAccount: text,
    From: text,
    ReplyToEmailAddress: text,
    SourceArn: text,
  }),
  EmailVerificationMessage: text,
  EmailVerificationSubject: text,
  IssuerConfiguration: object({ Type: text }),
  KeyConfiguration: object({ KeyType: text, KmsKeyArn: text }),
  LambdaConfig: object({
    ...Object.fromEntries(triggers.map((name) => [name, text])),
    CustomEmailSender: lambdaVersion,
    CustomSMSSender: lambdaVersion,
    InboundFederation: lambdaVersion,
    PreTokenGenerationConfig: lambdaVersion,
  }),
  Policies: object({
    PasswordPolicy: object({
      MinimumLength: number,
      PasswordHistorySize: number,
      RequireLowercase: flag,
      RequireNumbers: flag,
      RequireSymbols: flag,
      RequireUppercase: flag,
      TemporaryPasswordValidityDays: number,
    }),
    SignInPolicy: object({ AllowedFirstAuthFactors: list }),
  }),
  SmsAuthenticationMessage: text,
  SmsConfiguration: object({
    EumsSms: object({
      CallerArn: required(text),
      ConfigurationSetName: text,
      ExternalId: text,
      InEntityId: text,
      InTemplateId: text,
      OriginationIdentity: text,
      Region: text,
    }),
    ExternalId: text,
    SnsCallerArn: text,
    SnsRegion: text,
  }),
  SmsVerificationMessage: text,
  UserAttributeUpdateSettings: object({ AttributesRequireVerificationBeforeUpdate: required(list) }),
  UserPoolAddOns: object({
    AdvancedSecurityAdditionalFlows: object({ CustomAuthMode: text }),
    AdvancedSecurityMode: text,
  }),
  UserPoolTier: text,
  VerificationMessageTemplate: object({
    DefaultEmailOption: text,
    EmailMessage: text,
    EmailMessageByLink: text,
    EmailSubject: text,
    EmailSubjectByLink: text,
    SmsMessage: text,
  }),
} as const;

/** A change of these is refused, not a replacement: with the pool all users would go. */
const fixed = ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'] as const;

export const userPool: ResourceType = {
  name: 'AWS::Cognito::UserPool',
  properties: {
    ...settings,
    AliasAttributes: list,
    EmailAuthenticationMessage: text,
    EmailAuthenticationSubject: text,
    EnabledMfas: list,
    MfaConfiguration: text,
    Schema: objects({
      AttributeDataType: text,
      DeveloperOnlyAttribute: flag,
      Mutable: flag,
      Name: text,
      NumberAttributeConstraints: object({ MaxValue: text, MinValue: text }),
      Required: flag,
      StringAttributeConstraints: object({ MaxLength: text, MinLength: text }),
    }),
    UsernameAttributes: list,
    UsernameConfiguration: object({ CaseSensitive: flag }),
    UserPoolName: text,
    UserPoolTags: { type: 'tags' },
    WebAuthnFactorConfiguration: text,
    WebAuthnRelyingPartyID: text,
    WebAuthnUserVerification: text,
  },
  attributes: ['Arn', 'ProviderName', 'ProviderURL', 'UserPoolId'],
  async create(ctx, properties) {
    const { UserPool } = await call<{ UserPool: { Id: string } }>(ctx, 'CreateUserPool', {
      PoolName: properties.UserPoolName ?? ctx.generateName(128, { withoutStack: true }),
      ...pick(properties, [...Object.keys(settings), ...fixed, 'Schema']),
      ...legacyMfa(properties),
      UserPoolTags: tagsOf(ctx, properties),
    });
    try {
      await setMfa(ctx, UserPool.Id, properties);
    } catch (error) {
      await call(ctx, 'DeleteUserPool', { UserPoolId: UserPool.Id });
      throw error;
    }
    return stateOf(ctx, UserPool.Id);
  },
  async update(ctx, current, properties, previous) {
    const UserPoolId = current.physicalId;
    for (const name of fixed) {
      if (!isDeepStrictEqual(properties[name], previous[name])) {
        throw refused(`Updates are not allowed for property - ${name}.`);
      }
    }
    const added = addedAttributes(properties, previous);
    const mfa = usesMfaConfig(properties) || usesMfaConfig(previous);
    await call(ctx, 'UpdateUserPool', {
      UserPoolId,
      ...(properties.UserPoolName === undefined ? {} : { PoolName: properties.UserPoolName }),
      ...pick(properties, Object.keys(settings)),
      // Factors may change with what they need: setMfa turns it on again.
      ...(mfa ? { MfaConfiguration: 'OFF' } : legacyMfa(properties)),
      UserPoolTags: tagsOf(ctx, properties),
    });
    if (added.length > 0) await call(ctx, 'AddCustomAttributes', { UserPoolId, CustomAttributes: added });
    if (mfa) await setMfa(ctx, UserPoolId, properties, true);
    return current;
  },
  delete: (ctx, { physicalId: UserPoolId }) => unlessMissing(call(ctx, 'DeleteUserPool', { UserPoolId })),
};

const refused = (why: string) => new AwsError('InvalidRequest', `Invalid request provided: ${why}`);

function tagsOf(ctx: ResourceContext, { UserPoolTags }: Properties): Record<string, string> {
  const own = Object.entries((UserPoolTags ?? {}) as Record<string, unknown>);
  return { ...ctx.stackTags, ...Object.fromEntries(own.map(([key, value]) => [key, String(value)])) };
}

/** What only SetUserPoolMfaConfig can say. */
const usesMfaConfig = (properties: Properties): boolean =>
  ['EnabledMfas', 'EmailAuthenticationMessage', 'EmailAuthenticationSubject', 'WebAuthnRelyingPartyID']
    .concat('WebAuthnUserVerification', 'WebAuthnFactorConfiguration')
    .some((name) => properties[name] !== undefined);

const legacyMfa = (properties: Properties) =>
  usesMfaConfig(properties) ? {} : pick(properties, ['MfaConfiguration']);

async function setMfa(
  ctx: ResourceContext,
  UserPoolId: string,
  properties: Properties,
  always = false,
): Promise<void> {
  if (!always && !usesMfaConfig(properties)) return;
  const factors = (properties.EnabledMfas ?? []) as string[];
  const webAuthn = {
    ...renamed(properties, 'WebAuthnRelyingPartyID', 'RelyingPartyId'),
    ...renamed(properties, 'WebAuthnUserVerification', 'UserVerification'),
    ...renamed(properties, 'WebAuthnFactorConfiguration', 'FactorConfiguration'),
  };
  await call(ctx, 'SetUserPoolMfaConfig', {
    UserPoolId,
    MfaConfiguration: properties.MfaConfiguration ?? 'OFF',
    ...(factors.includes('SMS_MFA')
      ? { SmsMfaConfiguration: pick(properties, ['SmsAuthenticationMessage', 'SmsConfiguration']) }
      : {}),
    ...(factors.includes('SOFTWARE_TOKEN_MFA') ? { SoftwareTokenMfaConfiguration: { Enabled: true } } : {}),
    ...(factors.includes('EMAIL_OTP')
      ? {
          EmailMfaConfiguration: {
            ...renamed(properties, 'EmailAuthenticationMessage', 'Message'),
            ...renamed(properties, 'EmailAuthenticationSubject', 'Subject'),
          },
        }
      : {}),
    ...(Object.keys(webAuthn).length > 0 ? { WebAuthnConfiguration: webAuthn } : {}),
  });
}

const renamed = (properties: Properties, from: string, to: string) =>
  properties[from] === undefined ? {} : { [to]: properties[from] };

/** A schema only grows. @throws AwsError what was there is another now, or gone. */
function addedAttributes({ Schema: now }: Properties, { Schema: before }: Properties): unknown[] {
  const [after, known] = [now ?? [], before ?? []] as { Name: string }[][];
  const byName = new Map(after?.map((attribute) => [attribute.Name, attribute]));
  for (const attribute of known ?? []) {
    if (!isDeepStrictEqual(byName.get(attribute.Name), attribute)) {
      throw refused('Existing schema attributes cannot be modified or deleted.');
    }
    byName.delete(attribute.Name);
  }
  return [...byName.values()];
}

function stateOf({ account, region }: ResourceContext, id: string): ResourceState {
  const ProviderName = `cognito-idp.${region}.amazonaws.com/${id}`;
  return {
    physicalId: id,
    attributes: {
      Arn: `arn:aws:cognito-idp:${region}:${account}:userpool/${id}`,
      ProviderName,
      ProviderURL: `https://${ProviderName}`,
      UserPoolId: id,
    },
  };
}
