/**
 * What IAM says of names and paths it won't take. Lengths and missing members are the framework's to refuse, in its
 * usual words; characters are looked at after that, one member at a time, in IAM's own:
 * https://github.com/aws-amplify/amplify-cli/issues/9120, https://github.com/aws-cloudformation/cfn-lint/issues/722,
 * https://github.com/aws/aws-cli/issues/5860
 */
import { AwsError } from '../kernel/index.ts';

const violation =
  /Value(?: '(?:(?!' at ').)*')? at '(\w+)' failed to satisfy constraint: Member must satisfy regular expression pattern: \S+?(?=; Value |$)(?:; )?/gs;

const wordsOf: readonly [member: RegExp, words: string][] = [
  [
    /Prefix$/i,
    'must begin with the / character and contain only alphanumeric characters and/or / characters.',
  ],
  [/Path$/i, 'must begin and end with / and contain only alphanumeric characters and/or / characters.'],
  [
    /(Document|^(privateKey|certificateBody|certificateChain))$/,
    'must contain only printable ASCII characters.',
  ],
  [/Name$/, 'must contain only alphanumeric characters and/or the following: +=,.@_-'],
];

/** @param message what the framework would say. @returns undefined when there is nothing in it that IAM says otherwise. */
export function rewordIam(message: string): AwsError | undefined {
  const [, list = ''] = /^\d+ validation errors? detected: (.*)$/s.exec(message) ?? [];
  let own: string | undefined;
  const others = list.replace(violation, (whole, member: string) => {
    const words = wordsOf.find(([pattern]) => pattern.test(member))?.[1];
    if (words === undefined) return whole;
    own ??= `The specified value for ${member} is invalid. It ${words}`;
    return '';
  });
  if (own === undefined) return undefined;
  const left = others.replace(/; $/, '');
  if (left === '') return new AwsError('ValidationError', own);
  const count = left.split(/; (?=Value )/).length;
  return new AwsError(
    'ValidationError',
    `${count} validation ${count === 1 ? 'error' : 'errors'} detected: ${left}`,
  );
}
