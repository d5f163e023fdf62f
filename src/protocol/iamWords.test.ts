import { expect, it } from 'vitest';
import { rewordIam } from './iamWords.ts';

const name = 'Member must satisfy regular expression pattern: [\\w+=,.@-]+';
const path = 'Member must satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)';
const value = (text: string, at: string, constraint: string) =>
  `Value '${text}' at '${at}' failed to satisfy constraint: ${constraint}`;

it.each([
  [
    `1 validation error detected: ${value('a b', 'roleName', name)}`,
    'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  ],
  [
    `1 validation error detected: ${value("it's", 'userName', name)}`,
    'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  ],
  [
    `1 validation error detected: ${value('a', 'newPath', path)}`,
    'The specified value for newPath is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  ],
  [
    `1 validation error detected: ${value('a', 'pathPrefix', 'Member must satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*')}`,
    'The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters.',
  ],
  [
    `1 validation error detected: ${value('…', 'assumeRolePolicyDocument', 'Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+')}`,
    'The specified value for assumeRolePolicyDocument is invalid. It must contain only printable ASCII characters.',
  ],
  // Secrets aren't repeated.
  [
    "1 validation error detected: Value at 'privateKey' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
    'The specified value for privateKey is invalid. It must contain only printable ASCII characters.',
  ],
  // The framework's own violations come first.
  [
    `2 validation errors detected: ${value('', 'userName', name)}; ${value('', 'userName', 'Member must have length greater than or equal to 1')}`,
    `1 validation error detected: ${value('', 'userName', 'Member must have length greater than or equal to 1')}`,
  ],
  [
    `2 validation errors detected: ${value('a b', 'roleName', name)}; ${value('a', 'path', path)}`,
    'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  ],
])('says %s as IAM does', (said, words) => {
  expect(rewordIam(said)).toMatchObject({ code: 'ValidationError', message: words });
});

it.each([
  "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null",
  `1 validation error detected: ${value('k!', 'tags.1.member.key', 'Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+')}`,
])('leaves %s as it is', (said) => {
  expect(rewordIam(said)).toBeUndefined();
});
