/** Attributes of users: what the schema, the client and their own form allow. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html */
import { InvalidParameterException, NotAuthorizedException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Client, Pool } from '../store.ts';
import type { SchemaAttribute } from './poolSettings.ts';

export interface AttributeType {
  Name: string;
  Value?: string;
}

/** An empty value takes the attribute away. */
export type Attributes = Record<string, string>;

/** The last of several values of one attribute counts. Cases of the marks of addresses don't: programs send `True`. */
export function toAttributes(given: readonly AttributeType[] = []): Attributes {
  return Object.fromEntries(
    given.map(({ Name, Value = '' }) => [
      Name,
      /^(?:true|false)$/i.test(Value) && marks.has(Name) ? Value.toLowerCase() : Value,
    ]),
  );
}

const marks = new Set(['email_verified', 'phone_number_verified']);

/** As answers list them: `sub` first. */
export function listAttributes(
  { sub, attributes }: { sub: string; attributes: Attributes },
  only?: readonly string[],
): AttributeType[] {
  const all = [
    { Name: 'sub', Value: sub },
    ...Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
  ];
  return only ? all.filter(({ Name }) => only.includes(Name)) : all;
}

export interface Writing {
  pool: Pool;
  /** Absent for administrators, who may write what no client may. */
  client?: Client | undefined;
  /** A user who exists: attributes that can't change mustn't. */
  existing?: Attributes | undefined;
  /**
   * "Any attributes that you specify as required … either you should supply … or the user should supply": what an
   * administrator leaves out, NEW_PASSWORD_REQUIRED asks for. API_AdminCreateUser
   */
  mayLack?: boolean;
  /** What the answer to NEW_PASSWORD_REQUIRED lacks has words of its own. */
  isChallenge?: boolean;
}

/** @throws InvalidParameterException, NotAuthorizedException */
export function checkAttributes(given: Attributes, writing: Writing): void {
  const { pool, client, existing } = writing;
  for (const [name, value] of Object.entries(given)) {
    const schema = pool.schema.find((one) => one.Name === name);
    if (!schema) {
      // What changes a user ends its sentences with a line break, as seen in answers of the service.
      throw new InvalidParameterException(
        existing
          ? `user.${name}: Attribute does not exist in the schema.\n`
          : `Attributes did not conform to the schema: Type for attribute {${name}} could not be determined`,
      );
    }
    if (name === 'sub' || name === 'identities') {
      throw new InvalidParameterException(`Cannot modify the non-mutable attribute ${name}`);
    }
    if (client && !mayWrite(client, schema)) {
      throw new NotAuthorizedException('A client attempted to write unauthorized attribute');
    }
    if (existing && !schema.Mutable && value !== existing[name]) {
      throw new InvalidParameterException(`user.${name}: Attribute cannot be updated.\n`);
    }
    if (value !== '') checkValue(schema, value);
  }
  checkRequired(given, writing);
}

function checkRequired(given: Attributes, { pool, existing, mayLack, isChallenge }: Writing): void {
  const all = { ...existing, ...given };
  const lacking = pool.schema
    .filter(({ Name, Required }) => Required && Name !== 'sub' && !all[Name])
    .map(({ Name }) => Name)
    .filter((name) => !mayLack || given[name] === '');
  const [first] = lacking;
  if (first === undefined) return;
  if (isChallenge) throw new InvalidParameterException(`Invalid attributes given, ${first} is missing`);
  const said = lacking.map((name) => directoryNames[name] ?? name);
  throw new InvalidParameterException(
    `Attributes did not conform to the schema: ${said.map((name) => `${name}: The attribute ${name} is required`).join(', ')}`,
  );
}

/** The directory behind a pool has SCIM's names for some attributes, and so says what is missing: seen in its answers. */
const directoryNames: Readonly<Record<string, string>> = {
  address: 'addresses',
  email: 'emails',
  family_name: 'name.familyName',
  given_name: 'name.givenName',
  middle_name: 'name.middleName',
  name: 'name.formatted',
  nickname: 'nickName',
  phone_number: 'phoneNumbers',
};

/** A client without a list may write all that isn't a developer's or a verification. */
function mayWrite({ settings }: Client, { Name, DeveloperOnlyAttribute }: SchemaAttribute): boolean {
  if (DeveloperOnlyAttribute || Name === 'email_verified' || Name === 'phone_number_verified') return false;
  return settings.WriteAttributes === undefined || settings.WriteAttributes.includes(Name);
}

/** The attributes that a client may see in tokens and in GetUser. */
export function readable({ settings }: Client, attributes: Attributes): Attributes {
  const { ReadAttributes: names } = settings;
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name]) => !name.startsWith('dev:') && (names === undefined || names.includes(name)),
    ),
  );
}

const emailForm = /^[^\s@]+@[^\s@]+$/;
const phoneForm = /^\+[0-9]{1,15}$/;

export const isEmail = (text: string): boolean => emailForm.test(text);
export const isPhoneNumber = (text: string): boolean => phoneForm.test(text);

function checkValue(schema: SchemaAttribute, value: string): void {
  const { Name: name, AttributeDataType: type } = schema;
  const wrong = (why: string): never => {
    throw new InvalidParameterException(`Attributes did not conform to the schema: ${name}: ${why}`);
  };
  if (name === 'email' && !isEmail(value)) {
    throw new InvalidParameterException('Invalid email address format.');
  }
  if (name === 'phone_number' && !isPhoneNumber(value)) {
    throw new InvalidParameterException('Invalid phone number format.');
  }
  if (type === 'Boolean' && !/^(?:true|false)$/i.test(value)) wrong('String must be true or false.');
  if (type === 'Number') {
    const { MinValue, MaxValue } = schema.NumberAttributeConstraints ?? {};
    if (!/^-?\d+$/.test(value)) wrong('Number expected.');
    if (MinValue !== undefined && Number(value) < Number(MinValue)) {
      wrong(`Number must be greater than or equal to ${MinValue}.`);
    }
    if (MaxValue !== undefined && Number(value) > Number(MaxValue)) {
      wrong(`Number must be less than or equal to ${MaxValue}.`);
    }
  }
  if (type === 'DateTime' && Number.isNaN(Date.parse(value))) wrong('DateTime expected.');
  if (type === 'String') {
    const { MinLength = '0', MaxLength = String(limits.attributeValueMax) } =
      schema.StringAttributeConstraints ?? {};
    if (value.length < Number(MinLength)) wrong(`String must have at least length ${MinLength}`);
    if (value.length > Math.min(Number(MaxLength), limits.attributeValueMax)) {
      wrong(`String must be no longer than ${MaxLength} characters.`);
    }
  }
}
