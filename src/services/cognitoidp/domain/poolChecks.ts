/** What CreateUserPool and UpdateUserPool refuse, in AWS's words. Lengths, patterns and enumerations are the model's. */
import { InvalidParameterException } from '../errors.ts';
import { limits } from '../limits.ts';
import { levels, namesOfLevels } from './assurance.ts';
import type { GivenAttribute, GivenSettings } from './poolSettings.ts';
import { checkTier, type Feature, type Tier } from './tiers.ts';

/** @throws InvalidParameterException, FeatureUnavailableInTierException */
export function checkSettings(given: GivenSettings, tier: Tier, hasFactor: boolean): void {
  if (given.AliasAttributes && given.UsernameAttributes) {
    refuse('Only one of the aliasAttributes or usernameAttributes can be set in a user pool.');
  }
  const { AutoVerifiedAttributes: verified = [] } = given;
  const keeps = given.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  if (keeps.some((name) => !verified.includes(name))) {
    refuse(
      'All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes',
    );
  }
  if (verified.includes('phone_number') && !given.SmsConfiguration) {
    refuse('SMS configuration is required when phone_number is selected for auto verification');
  }
  if (given.MfaConfiguration && given.MfaConfiguration !== 'OFF' && !given.SmsConfiguration && !hasFactor) {
    refuse(
      'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
    );
  }
  checkRecovery(given);
  checkMessages(given);
  checkLevels(given);
  const { PasswordPolicy, SignInPolicy } = given.Policies ?? {};
  if (
    PasswordPolicy?.TemporaryPasswordValidityDays &&
    given.AdminCreateUserConfig?.UnusedAccountValidityDays
  ) {
    refuse('Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays');
  }
  if (SignInPolicy?.AllowedFirstAuthFactors?.includes('PASSWORD') === false) {
    refuse('Password should be configured as one of the allowed first auth factors.');
  }
  checkTier(tier, featuresOf(given));
}

function refuse(why: string): never {
  throw new InvalidParameterException(why);
}

function checkRecovery({ AccountRecoverySetting }: GivenSettings): void {
  const mechanisms = AccountRecoverySetting?.RecoveryMechanisms ?? [];
  if (mechanisms.length > 1 && mechanisms.some(({ Name }) => Name === 'admin_only')) {
    refuse('Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.');
  }
  for (const part of ['Name', 'Priority'] as const) {
    if (new Set(mechanisms.map((mechanism) => mechanism[part])).size < mechanisms.length) {
      refuse(`Account Recovery Setting cannot have duplicate values of ${part}.`);
    }
  }
}

function checkMessages(given: GivenSettings): void {
  const { EmailConfiguration: email = {}, VerificationMessageTemplate: template } = given;
  if (email.EmailSendingAccount === 'DEVELOPER' && !email.SourceArn) {
    refuse('Source ARN is required to use DEVELOPER email sending owner');
  }
  if (
    typeof email.From === 'string' &&
    !/^[^<>@]*(<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]@[^\s<>@]+)$/.test(email.From)
  ) {
    refuse('Provided From email address is invalid');
  }
  // The older members say the same thing: where both are sent, they must.
  const pairs = [
    ['EmailVerificationMessage', template?.EmailMessage],
    ['EmailVerificationSubject', template?.EmailSubject],
    ['SmsVerificationMessage', template?.SmsMessage],
  ] as const;
  for (const [name, newer] of pairs) {
    if (given[name] !== undefined && newer !== undefined && given[name] !== newer) {
      refuse(`${name} must be the same as the one of VerificationMessageTemplate.`);
    }
  }
}

/** "Each name must be unique across all four levels", and may have "any character that is valid in a URL or a URN". */
function checkLevels({ AcrConfiguration: given = {} }: GivenSettings): void {
  const unknown = Object.keys(given).filter((name) => !levels.some((level) => level === name));
  if (unknown.length > 0) refuse(`AcrConfiguration has unknown levels: ${unknown.join(', ')}`);
  const names = Object.values(namesOfLevels(given)).map(({ AcrValue }) => AcrValue);
  if (names.some((name) => !/^[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/.test(name))) {
    refuse('AcrValue must be a URL or a URN.');
  }
  if (new Set(names).size < names.length) refuse('Each AcrValue must be unique in a user pool.');
}

/** @param region the pool's. @throws InvalidParameterException its mail would be sent from another one. */
export function checkMailRegion({ EmailConfiguration: email = {} }: GivenSettings, region: string): void {
  const source = typeof email.SourceArn === 'string' ? email.SourceArn.split(':')[3] : undefined;
  const known = limits.sesRegions.includes(region)
    ? limits.sesRegions
    : [...limits.sesRegions, region].sort();
  if (email.EmailSendingAccount === 'DEVELOPER' && source && !known.includes(source)) {
    refuse(`Provided SourceArn must be in one of the following SES regions: ${known.join(', ')}.`);
  }
}

/** The features that settings ask for. */
function featuresOf({ AcrConfiguration, Policies, LambdaConfig, UserPoolAddOns }: GivenSettings): Feature[] {
  const wanted: Feature[] = [];
  const factors = Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  if (factors.some((factor) => factor !== 'PASSWORD')) wanted.push('Passwordless Sign-In');
  const { LambdaVersion: version } = (LambdaConfig?.PreTokenGenerationConfig ?? {}) as {
    LambdaVersion?: string;
  };
  if (version === 'V2_0' || version === 'V3_0') {
    wanted.push(`Token Customization with Pre-Token Generation Lambda ${version}`);
  }
  if (Policies?.PasswordPolicy?.PasswordHistorySize) wanted.push('Password History');
  const mode = UserPoolAddOns?.AdvancedSecurityMode;
  if (mode === 'AUDIT' || mode === 'ENFORCED') wanted.push('Threat Protection');
  const usual = namesOfLevels();
  if (
    levels.some((level) => (AcrConfiguration?.[level] ?? usual[level]).AcrValue !== usual[level].AcrValue)
  ) {
    wanted.push('Step-Up Authentication');
  }
  return wanted;
}

/** Bounds of an attribute of a schema. @throws InvalidParameterException */
export function checkConstraints({
  Name,
  StringAttributeConstraints: text = {},
  NumberAttributeConstraints: number = {},
}: GivenAttribute): void {
  const values = [text.MinLength, text.MaxLength, number.MinValue, number.MaxValue];
  if (values.some((value) => value !== undefined && !/^-?\d+$/.test(value))) {
    refuse(`Attribute ${Name} has a constraint that is no number`);
  }
  const { MinLength = 0, MaxLength = limits.attributeValueMax } = text;
  if (Number(MaxLength) > limits.attributeValueMax || Number(MinLength) < 0) {
    refuse(`Attribute ${Name} must have a length between 0 and ${limits.attributeValueMax}`);
  }
  if (Number(MaxLength) < Number(MinLength)) {
    refuse(`Attribute ${Name} cannot have a max length shorter than it's min length`);
  }
  const { MinValue = Number.NEGATIVE_INFINITY, MaxValue = Number.POSITIVE_INFINITY } = number;
  if (Number(MaxValue) < Number(MinValue)) {
    refuse(`Attribute ${Name} cannot have a max value smaller than it's min value`);
  }
}
