/** Names of code signing configurations. */
import { formatArn, parseArn } from '../../../kernel/index.ts';

const resourceType = 'code-signing-config';

export function codeSigningArn(place: { account: string; region: string }, id: string): string {
  const { account, region } = place;
  return formatArn({ service: 'lambda', region, account, resource: `${resourceType}:${id}` });
}

/** @returns undefined for what isn't one. */
export function parseCodeSigningArn(
  text: string,
): { account: string; region: string; id: string } | undefined {
  const arn = parseArn(text);
  const id = /^code-signing-config:(csc-[a-z0-9]{17})$/.exec(arn?.resource ?? '')?.[1];
  if (arn?.service !== 'lambda' || id === undefined) return undefined;
  return { account: arn.account, region: arn.region, id };
}
