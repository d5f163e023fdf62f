/** A pool's settings and its schema as CreateUserPool fills them in. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html */
import { InvalidParameterException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type LevelNames, namesOfLevels } from './assurance.ts';
import { lambdaConfigOf } from './lambdaConfig.ts';
import { defaultPolicy, type PasswordPolicy } from './passwords.ts';
import { checkConstraints, checkSettings } from './poolChecks.ts';
import type { Tier } from './tiers.ts';

interface KnownSettings {
  Policies: {
    PasswordPolicy: PasswordPolicy;
    SignInPolicy?: { AllowedFirstAuthFactors?: string[] };
  };
  DeletionProtection: 'ACTIVE' | 'INACTIVE';
  LambdaConfig: Record<string, unknown>;
  AutoVerifiedAttributes?: string[];
  AliasAttributes?: string[];
  UsernameAttributes?: string[];
  MfaConfiguration: 'OFF' | 'ON' | 'OPTIONAL';
  UsernameConfiguration?: { CaseSensitive: boolean };
  AdminCreateUserConfig: {
    AllowAdminCreateUserOnly?: boolean;
    UnusedAccountValidityDays?: number;
    InviteMessageTemplate?: { SMSMessage?: string; EmailMessage?: string; EmailSubject?: string };
  };
  VerificationMessageTemplate: {
    SmsMessage?: string;
    EmailMessage?: string;
    EmailSubject?: string;
    EmailMessageByLink?: string;
    EmailSubjectByLink?: string;
    DefaultEmailOption?: string;
  };
  EmailConfiguration: Record<string, unknown>;
  SmsAuthenticationMessage?: string;
  SmsVerificationMessage?: string;
  EmailVerificationMessage?: string;
  EmailVerificationSubject?: string;
  UserAttributeUpdateSettings?: { AttributesRequireVerificationBeforeUpdate?: string[] };
  DeviceConfiguration?: {
    ChallengeRequiredOnNewDevice?: boolean;
    DeviceOnlyRememberedOnUserPrompt?: boolean;
  };
  AccountRecoverySetting?: { RecoveryMechanisms?: { Priority: number; Name: string }[] };
  SmsConfiguration?: { SnsCallerArn?: string };
  UserPoolAddOns?: {
    AdvancedSecurityMode?: 'OFF' | 'AUDIT' | 'ENFORCED';
    AdvancedSecurityAdditionalFlows?: { CustomAuthMode?: 'AUDIT' | 'ENFORCED' };
  };
  UserPoolTier?: Tier;
  AcrConfiguration?: LevelNames;
}

/** Those that something here depends on, and those that are only shown. */
export type PoolSettings = KnownSettings & { [member: string]: unknown };

export interface SchemaAttribute {
  Name: string;
  AttributeDataType: 'String' | 'Number' | 'DateTime' | 'Boolean';
  DeveloperOnlyAttribute: boolean;
  Mutable: boolean;
  Required: boolean;
  StringAttributeConstraints?: { MinLength?: string; MaxLength?: string };
  NumberAttributeConstraints?: { MinValue?: string; MaxValue?: string };
}

export type GivenAttribute = Partial<SchemaAttribute>;

/** CreateUserPool's and UpdateUserPool's members that are settings, as they were sent. */
export type GivenSettings = Partial<Omit<KnownSettings, 'Policies'>> & {
  Policies?: {
    PasswordPolicy?: PasswordPolicy;
    SignInPolicy?: { AllowedFirstAuthFactors?: string[] };
  };
};

/** Members that are no settings. */
const notSettings = new Set(['PoolName', 'UserPoolId', 'Schema', 'UserPoolTags']);

/** UpdateUserPool sets what isn't sent back to its default, except what can't be changed. */
const unchangeable = ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'] as const;

/**
 * @param before of a pool that exists. @param hasFactor its MFA has a factor other than SMS.
 * @throws InvalidParameterException, FeatureUnavailableInTierException
 */
export function settingsOf(given: GivenSettings, before?: PoolSettings, hasFactor = false): PoolSettings {
  const sent = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== undefined && !notSettings.has(name)),
  ) as GivenSettings;
  // What isn't chosen is sent as an empty list by tools that write every member, and means the same as no list.
  if (sent.AliasAttributes?.length === 0) delete sent.AliasAttributes;
  if (sent.UsernameAttributes?.length === 0) delete sent.UsernameAttributes;
  // "With the exception of UserPoolTier …", and of what keepUnsent and keepVerification tell of.
  const tier = sent.UserPoolTier ?? before?.UserPoolTier ?? 'ESSENTIALS';
  if (before) keepUnsent(sent, before);
  else sent.AccountRecoverySetting ??= defaultRecovery;
  keepVerification(sent, before);
  checkSettings(sent, tier, hasFactor);
  const kept = before
    ? Object.fromEntries(unchangeable.flatMap((name) => (before[name] ? [[name, before[name]]] : [])))
    : {};
  const policy = passwordPolicyOf(sent.Policies?.PasswordPolicy);
  const validity = sent.AdminCreateUserConfig?.UnusedAccountValidityDays;
  if (validity && sent.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays === undefined) {
    policy.TemporaryPasswordValidityDays = validity;
  }
  return {
    ...sent,
    ...kept,
    Policies: {
      PasswordPolicy: policy,
      SignInPolicy: sent.Policies?.SignInPolicy ?? { AllowedFirstAuthFactors: ['PASSWORD'] },
    },
    DeletionProtection: sent.DeletionProtection ?? 'INACTIVE',
    LambdaConfig: lambdaConfigOf(sent.LambdaConfig),
    MfaConfiguration: sent.MfaConfiguration ?? 'OFF',
    AdminCreateUserConfig: {
      AllowAdminCreateUserOnly: false,
      ...sent.AdminCreateUserConfig,
      UnusedAccountValidityDays: policy.TemporaryPasswordValidityDays ?? limits.temporaryPasswordDays,
    },
    ...messagesOf(sent),
    EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT', ...sent.EmailConfiguration },
    UserPoolTier: tier,
    AcrConfiguration: namesOfLevels(sent.AcrConfiguration),
  };
}

/** Of pools that are made without a choice, since 2020; no mechanisms at all, sent as `{}`, are the older behaviour. */
const defaultRecovery = {
  RecoveryMechanisms: [
    { Priority: 1, Name: 'verified_email' },
    { Priority: 2, Name: 'verified_phone_number' },
  ],
};

/** The same texts twice, see messagesOf. */
const messages = [
  ...(['VerificationMessageTemplate', 'SmsVerificationMessage'] as const),
  ...(['EmailVerificationMessage', 'EmailVerificationSubject'] as const),
];

/**
 * UpdateUserPool leaves these alone where they aren't sent, whatever its documentation says: measured on AWS, field by
 * field. https://github.com/go-to-k/cdkd/pull/1982
 */
function keepUnsent(sent: GivenSettings, before: PoolSettings): void {
  const { TemporaryPasswordValidityDays, ...bounds } = before.Policies.PasswordPolicy;
  const days = sent.AdminCreateUserConfig?.UnusedAccountValidityDays;
  const known = { ...before.Policies, ...(days ? { PasswordPolicy: bounds } : {}) };
  const given = Object.entries(sent.Policies ?? {}).filter(([, policy]) => policy !== undefined);
  sent.Policies = { ...known, ...Object.fromEntries(given) };
  const unsent = messages.every((name) => sent[name] === undefined) ? messages : [];
  for (const name of [
    'AccountRecoverySetting',
    'DeletionProtection',
    'MfaConfiguration',
    ...unsent,
  ] as const) {
    if (sent[name] === undefined && before[name] !== undefined) Object.assign(sent, { [name]: before[name] });
  }
}

/**
 * UpdateUserPool leaves UserAttributeUpdateSettings alone where it isn't sent: an empty list takes it back, as clients
 * of the service know. It goes when an address isn't verified automatically any more.
 */
function keepVerification(sent: GivenSettings, before: PoolSettings | undefined): void {
  const kept = before?.UserAttributeUpdateSettings;
  if (!kept || sent.UserAttributeUpdateSettings) return;
  const names = kept.AttributesRequireVerificationBeforeUpdate ?? [];
  if (names.every((name) => sent.AutoVerifiedAttributes?.includes(name))) {
    sent.UserAttributeUpdateSettings = kept;
  }
}

/** The older members and those of the template are the same texts: both are shown, whichever were sent. */
function messagesOf(sent: GivenSettings) {
  const template = sent.VerificationMessageTemplate;
  const SmsVerificationMessage = template?.SmsMessage ?? sent.SmsVerificationMessage;
  const EmailVerificationMessage = template?.EmailMessage ?? sent.EmailVerificationMessage;
  const EmailVerificationSubject = template?.EmailSubject ?? sent.EmailVerificationSubject;
  return {
    ...(SmsVerificationMessage === undefined ? {} : { SmsVerificationMessage }),
    ...(EmailVerificationMessage === undefined ? {} : { EmailVerificationMessage }),
    ...(EmailVerificationSubject === undefined ? {} : { EmailVerificationSubject }),
    VerificationMessageTemplate: {
      DefaultEmailOption: 'CONFIRM_WITH_CODE',
      ...(SmsVerificationMessage === undefined ? {} : { SmsMessage: SmsVerificationMessage }),
      ...(EmailVerificationMessage === undefined ? {} : { EmailMessage: EmailVerificationMessage }),
      ...(EmailVerificationSubject === undefined ? {} : { EmailSubject: EmailVerificationSubject }),
      ...template,
    },
  };
}

function passwordPolicyOf(given: PasswordPolicy | undefined): PasswordPolicy {
  if (!given) return { ...defaultPolicy };
  return {
    MinimumLength: given.MinimumLength ?? defaultPolicy.MinimumLength,
    RequireUppercase: given.RequireUppercase ?? false,
    RequireLowercase: given.RequireLowercase ?? false,
    RequireNumbers: given.RequireNumbers ?? false,
    RequireSymbols: given.RequireSymbols ?? false,
    ...(given.PasswordHistorySize === undefined ? {} : { PasswordHistorySize: given.PasswordHistorySize }),
    // Zero stands for the default.
    TemporaryPasswordValidityDays:
      given.TemporaryPasswordValidityDays || defaultPolicy.TemporaryPasswordValidityDays,
  };
}

const string = (Name: string, rest: Partial<SchemaAttribute> = {}): SchemaAttribute => ({
  Name,
  AttributeDataType: 'String',
  DeveloperOnlyAttribute: false,
  Mutable: true,
  Required: false,
  StringAttributeConstraints: { MinLength: '0', MaxLength: '2048' },
  ...rest,
});
const boolean = (Name: string): SchemaAttribute => ({
  Name,
  AttributeDataType: 'Boolean',
  DeveloperOnlyAttribute: false,
  Mutable: true,
  Required: false,
});

/** In the order in which DescribeUserPool shows them. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html */
const standardAttributes: readonly SchemaAttribute[] = [
  string('profile'),
  string('address'),
  string('birthdate', { StringAttributeConstraints: { MinLength: '10', MaxLength: '10' } }),
  string('gender'),
  string('preferred_username'),
  {
    Name: 'updated_at',
    AttributeDataType: 'Number',
    DeveloperOnlyAttribute: false,
    Mutable: true,
    Required: false,
    NumberAttributeConstraints: { MinValue: '0' },
  },
  string('website'),
  string('picture'),
  {
    Name: 'identities',
    AttributeDataType: 'String',
    DeveloperOnlyAttribute: false,
    Mutable: true,
    Required: false,
    StringAttributeConstraints: {},
  },
  string('sub', {
    Mutable: false,
    Required: true,
    StringAttributeConstraints: { MinLength: '1', MaxLength: '2048' },
  }),
  boolean('phone_number_verified'),
  string('zoneinfo'),
  string('locale'),
  string('email'),
  boolean('email_verified'),
  string('given_name'),
  string('family_name'),
  string('middle_name'),
  string('name'),
  string('nickname'),
  string('phone_number'),
];

/** The whole schema of a new pool. @throws InvalidParameterException */
export function schemaOf(given: readonly GivenAttribute[] = []): SchemaAttribute[] {
  const schema = standardAttributes.map((attribute) => ({ ...attribute }));
  const custom: GivenAttribute[] = [];
  for (const attribute of given) {
    const standard = schema.find(({ Name }) => Name === attribute.Name);
    if (!standard) {
      custom.push(attribute);
      continue;
    }
    const isRetyped =
      attribute.AttributeDataType && attribute.AttributeDataType !== standard.AttributeDataType;
    if (isRetyped || attribute.DeveloperOnlyAttribute) {
      throw new InvalidParameterException(
        `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${standard.Name}`,
      );
    }
    if (attribute.Required !== undefined) standard.Required = attribute.Required;
    if (attribute.Mutable !== undefined) standard.Mutable = attribute.Mutable;
    if (attribute.StringAttributeConstraints) {
      standard.StringAttributeConstraints = {
        ...standard.StringAttributeConstraints,
        ...attribute.StringAttributeConstraints,
      };
    }
    if (attribute.NumberAttributeConstraints) {
      standard.NumberAttributeConstraints = {
        ...standard.NumberAttributeConstraints,
        ...attribute.NumberAttributeConstraints,
      };
    }
    checkConstraints(standard);
  }
  const names = custom.map(customName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new InvalidParameterException(
      `Duplicate custom attribute names ${twice} are not allowed in a user pool schema.`,
    );
  }
  return withCustom(schema, custom);
}

const customName = ({ Name, DeveloperOnlyAttribute }: GivenAttribute): string =>
  `${DeveloperOnlyAttribute ? 'dev:' : ''}custom:${Name}`;

/** @throws InvalidParameterException */
export function withCustom(
  schema: readonly SchemaAttribute[],
  given: readonly GivenAttribute[],
): SchemaAttribute[] {
  const all = [...schema];
  for (const attribute of given) {
    const short = attribute.Name;
    if (short === undefined || short === '' || short.length > limits.customNameMax) {
      throw new InvalidParameterException(`Invalid attribute name: ${short ?? 'null'}`);
    }
    if (attribute.AttributeDataType === undefined) {
      throw new InvalidParameterException(
        'Invalid AttributeDataType input, consider using the provided AttributeDataType enum.',
      );
    }
    if (attribute.Required) {
      throw new InvalidParameterException('Required custom attributes are not supported currently.');
    }
    const Name = customName(attribute);
    checkConstraints({ ...attribute, Name });
    if (all.some((known) => known.Name === Name)) {
      throw new InvalidParameterException(`${Name}: Existing attribute already has name ${Name}.`);
    }
    const type = attribute.AttributeDataType;
    all.push({
      Name,
      AttributeDataType: type,
      DeveloperOnlyAttribute: attribute.DeveloperOnlyAttribute ?? false,
      Mutable: attribute.Mutable ?? true,
      Required: false,
      ...(type === 'String'
        ? { StringAttributeConstraints: attribute.StringAttributeConstraints ?? {} }
        : {}),
      ...(type === 'Number'
        ? { NumberAttributeConstraints: attribute.NumberAttributeConstraints ?? {} }
        : {}),
    });
  }
  if (all.length - standardAttributes.length > limits.customAttributesMax) {
    throw new InvalidParameterException(
      `Exceeded the maximum number of custom attributes: ${limits.customAttributesMax}`,
    );
  }
  return all;
}
