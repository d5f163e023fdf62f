/**
 * The names that AWS gives to runtimes, old ones included:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */

/** What an identifier's program is written for. `go` (go1.x) and `provided` bring a program of their own. */
export type Family = 'nodejs' | 'python' | 'java' | 'ruby' | 'dotnet' | 'go' | 'provided';

export interface RuntimeIdentifier {
  readonly name: string;
  readonly family: Family;
  /** `[24]`, `[3, 12]`: as many numbers as make a version exact. Empty where there is nothing to choose. */
  readonly version: readonly number[];
}

/** Every identifier of the API's `Runtime` type but Lambda@Edge's, newest first. */
export const identifierNames: readonly string[] = [
  ...['nodejs24.x', 'nodejs22.x', 'nodejs20.x', 'nodejs18.x', 'nodejs16.x', 'nodejs14.x', 'nodejs12.x'],
  ...['nodejs10.x', 'nodejs8.10', 'nodejs6.10', 'nodejs4.3', 'nodejs'],
  ...['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9', 'python3.8'],
  ...['python3.7', 'python3.6', 'python2.7'],
  ...['java25', 'java21', 'java17', 'java11', 'java8.al2', 'java8'],
  ...['ruby4.0', 'ruby3.4', 'ruby3.3', 'ruby3.2', 'ruby2.7', 'ruby2.5'],
  ...['dotnet10', 'dotnet8', 'dotnet6', 'dotnetcore3.1', 'dotnetcore2.1', 'dotnetcore2.0', 'dotnetcore1.0'],
  'go1.x',
  ...['provided.al2023', 'provided.al2', 'provided'],
];

const pattern = /^(nodejs|python|java|ruby|dotnetcore|dotnet|go|provided)(\d[\d.]*)?(x|\.al\d+|-edge)?$/;

/** @returns undefined for what isn't the name of a runtime. Versions that AWS doesn't have yet are understood. */
export function parseIdentifier(name: string): RuntimeIdentifier | undefined {
  const [, word, digits = ''] = pattern.exec(name) ?? [];
  if (word === undefined) return undefined;
  const family = (word === 'dotnetcore' ? 'dotnet' : word) as Family;
  const numbers = digits.split('.').filter(Boolean).map(Number);
  if (family === 'go' || family === 'provided') return { name, family, version: [] };
  // The first of all, `nodejs`, was Node.js 0.10.
  if (numbers.length === 0) return family === 'nodejs' ? { name, family, version: [0] } : undefined;
  // Node.js, Java and .NET name a major version; where Lambda wrote more, only the major version tells them apart.
  const exact = family === 'python' || family === 'ruby' || word === 'dotnetcore' ? 2 : 1;
  return { name, family, version: numbers.slice(0, exact) };
}

/** True when `version` (`24.21.0`) is what the identifier names. */
export function isExact(identifier: RuntimeIdentifier, version: string): boolean {
  const numbers = version.split('.').map(Number);
  return identifier.version.every((number, index) => numbers[index] === number);
}

/**
 * The version nearest to the identifier's: itself (its newest patch), else the next newer one, since languages keep
 * what ran; else the newest of the older ones.
 */
export function nearest<T extends { readonly version: string }>(
  identifier: RuntimeIdentifier,
  candidates: readonly T[],
): T | undefined {
  const sorted = [...candidates].sort((a, b) => compareVersions(a.version, b.version));
  const exact = sorted.filter(({ version }) => isExact(identifier, version)).at(-1);
  if (exact) return exact;
  const wanted = identifier.version.join('.');
  const newer = sorted.filter(({ version }) => compareVersions(version, wanted) > 0);
  const [next] = newer;
  if (!next) return sorted.at(-1);
  // Of the next version, its newest patch.
  const release = next.version.split('.').slice(0, identifier.version.length).join('.');
  return newer.filter(({ version }) => version === release || version.startsWith(`${release}.`)).at(-1);
}

/** Negative when `a` is older than `b`. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
