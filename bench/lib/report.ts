/** What a benchmark reports, and how it is written down. */

export interface Row {
  what: string;
  measured: string;
  /** The other side of the comparison, measured in the same run. */
  against?: string;
  /** measured / against; medians over the rounds. */
  ratio?: number;
  goal?: { text: string; met: boolean };
}

export interface Section {
  title: string;
  how: string;
  rows: Row[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function renderSection({ title, how, rows }: Section): string {
  const lines = rows.map(({ what, measured, against, ratio, goal }) => {
    const verdict = goal ? `${goal.met ? '✓' : '✗'} ${goal.text}` : '';
    return `| ${what} | ${measured} | ${against ?? ''} | ${ratio === undefined ? '' : ratio.toFixed(2)} | ${verdict} |`;
  });
  return [
    `## ${title}`,
    '',
    how,
    '',
    '| what | measured | against | ratio | goal |',
    '|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
