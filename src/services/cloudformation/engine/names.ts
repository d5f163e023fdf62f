import { createHash } from 'node:crypto';
import { upperAlphanumeric } from '../../../kernel/index.ts';

const suffixLength = 12;

const mixedAlphanumeric = `${upperAlphanumeric}${upperAlphanumeric.slice(0, 26).toLowerCase()}`;

/**
 * The name CloudFormation gives a resource that has none: `stack-logicalId-RANDOM12`. The random part comes from the
 * step's token, so that a step that is run again after a crash finds what it made.
 * @param lengthMax the longest name the resource may have; stack name and logical id are cut evenly to fit.
 * @param options `withoutStack`: `logicalId-Random12`, as user pools and their clients are called.
 */
export function generatedName(
  stackName: string,
  logicalId: string,
  token: string,
  lengthMax: number,
  options: { lowerCase?: boolean; withoutStack?: boolean } = {},
): string {
  const digest = createHash('sha256').update(token).digest();
  const alphabet = options.withoutStack ? mixedAlphanumeric : upperAlphanumeric;
  const suffix = [...digest.subarray(0, suffixLength)]
    .map((byte) => alphabet[byte % alphabet.length])
    .join('');
  if (options.withoutStack) return `${logicalId.slice(0, lengthMax - suffixLength - 1)}-${suffix}`;
  const room = Math.max(2, lengthMax - suffixLength - 2);
  const stackRoom = Math.max(Math.ceil(room / 2), room - logicalId.length);
  const stackPart = stackName.slice(0, stackRoom);
  const logicalPart = logicalId.slice(0, room - stackPart.length);
  const name = `${stackPart}-${logicalPart}-${suffix}`.slice(0, lengthMax);
  return options.lowerCase ? name.toLowerCase() : name;
}
