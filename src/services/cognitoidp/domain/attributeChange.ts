/** What changing attributes does to addresses. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html */
import type { Pool, User } from '../store.ts';
import type { Attributes } from './attributes.ts';

export interface AttributeChange {
  /** All of the user's attributes from now on. */
  attributes: Attributes;
  /** Addresses to send a code to, by attribute. Those that the pool wants verified first aren't among `attributes` yet. */
  toVerify: Attributes;
  /** Addresses for which codes sent so far say nothing any more. */
  settled: string[];
}

export const isAddress = (name: string): boolean => name === 'email' || name === 'phone_number';

/**
 * Decides on attributes that fit the schema. A changed address is unverified unless the same request says otherwise;
 * where the pool keeps what was verified (`AttributesRequireVerificationBeforeUpdate`), it waits for its code.
 * @param given an empty value takes the attribute away.
 */
export function changeAttributes({ settings }: Pool, user: User, given: Attributes): AttributeChange {
  const keeps = settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  const change: AttributeChange = { attributes: { ...user.attributes }, toVerify: {}, settled: [] };
  const { attributes, toVerify, settled } = change;
  for (const [name, value] of Object.entries(given)) {
    const mark = `${name}_verified`;
    if (!isAddress(name) || value === user.attributes[name]) {
      if (value === '') delete attributes[name];
      else attributes[name] = value;
    } else if (value === '') {
      delete attributes[name];
      delete attributes[mark];
      settled.push(name);
    } else if (given[mark] !== 'true' && keeps.includes(name)) {
      toVerify[name] = value;
    } else {
      attributes[name] = value;
      if (given[mark] === undefined) attributes[mark] = 'false';
      if (given[mark] !== 'true' && settings.AutoVerifiedAttributes?.includes(name)) toVerify[name] = value;
      else settled.push(name);
    }
  }
  return change;
}
