/** Which operations answer, of all that AWS has. */
import { coverage as coverageOf, type ServiceCoverage } from '../../cloud/coverage.ts';
import { exitCodes, Failure } from '../failure.ts';

export async function coverage(service: string | undefined, options: { json?: boolean }): Promise<void> {
  const all = await coverageOf();
  const shown = service === undefined ? all : all.filter((entry) => entry.service === service);
  if (shown.length === 0) {
    const names = all.map((entry) => entry.service).join(', ');
    throw new Failure(`Brume has no service ${service}.`, {
      exitCode: exitCodes.usage,
      hints: [`It has: ${names}.`],
    });
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  } else if (service === undefined) {
    process.stdout.write(summary(shown));
  } else {
    process.stdout.write(shown.map(details).join('\n'));
  }
}

function summary(entries: readonly ServiceCoverage[]): string {
  const width = Math.max(...entries.map(({ service }) => service.length));
  const lines = entries.map((entry) => {
    const answered = entry.operations.filter(({ implemented }) => implemented).length;
    return `${entry.service.padEnd(width)}  ${String(answered).padStart(3)} of ${entry.operations.length} operations`;
  });
  return `${lines.join('\n')}\n`;
}

function details(entry: ServiceCoverage): string {
  return entry.operations.map(({ name, implemented }) => `${implemented ? '✓' : ' '} ${name}\n`).join('');
}
