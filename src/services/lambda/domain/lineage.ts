/**
 * Which functions a chain of invocations has passed through, and how often: the `Lineage` of X-Amzn-Trace-Id, which SDKs
 * hand on. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
import { createHash } from 'node:crypto';
import { lineageLengthMax } from '../limits.ts';

/** @returns the name of a function in a lineage. */
export function lineageName(functionArn: string): string {
  return createHash('sha256').update(functionArn).digest('hex').slice(0, 8);
}

/**
 * The trace id that a function is to see.
 * @param name of the function in the lineage. @returns `passed`: how often the chain had come through it before.
 */
export function extendLineage(traceId: string, name: string): { traceId: string; passed: number } {
  const at = traceId.indexOf('Lineage=');
  if (at < 0) return { traceId: `${traceId};Lineage=${name}:0`, passed: 0 };
  const end = traceId.indexOf(';', at);
  const text = traceId.slice(at + 'Lineage='.length, end < 0 ? undefined : end);
  let passed = 0;
  const hops = text
    .split('|')
    .slice(0, lineageLengthMax)
    .map((hop) => {
      const [hash, count] = hop.split(':');
      if (hash !== name) return hop;
      passed = (Number(count) || 0) + 1;
      return `${name}:${passed}`;
    });
  // What has passed more functions than a lineage holds forgets the first.
  if (passed === 0) hops.push(`${name}:0`);
  const lineage = hops.slice(-lineageLengthMax).join('|');
  const rest = end < 0 ? '' : traceId.slice(end);
  return { traceId: `${traceId.slice(0, at)}Lineage=${lineage}${rest}`, passed };
}
