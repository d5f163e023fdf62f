/** Who may have SnapStart: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html, “Supported features and limitations”. */
import { NotImplemented } from '../../../kernel/index.ts';
import { InvalidParameterValueException, SnapStartException, SnapStartTimeoutException } from '../errors.ts';
import { snapStartInitMsMin, snapStartStorageMbMax } from '../limits.ts';
import type { Configuration } from '../records.ts';

/** The oldest version of each language: “Java 11 and later, Python 3.12 and later, .NET 8 and later”. Node.js is ours. */
const oldest: Readonly<Record<string, readonly [number, number]>> = {
  java: [11, 0],
  python: [3, 12],
  dotnet: [8, 0],
  nodejs: [18, 0],
};

/**
 * Asked of all settings at once: each of them may be the one that changes.
 * @throws InvalidParameterValueException
 */
export function checkSnapStart(
  settings: Pick<Configuration, 'runtime' | 'ephemeralStorageMb' | 'tenancy' | 'snapStart'>,
): void {
  if (!settings.snapStart) return;
  const { runtime, ephemeralStorageMb, tenancy } = settings;
  if (runtime === '') throw new NotImplemented('Lambda SnapStart of container images');
  if (!isSupported(runtime)) throw notSupported(runtime);
  // What the service says of these two is known to nobody here; it says the first like this.
  if (ephemeralStorageMb > snapStartStorageMbMax)
    throw notSupported(`Ephemeral storage greater than ${snapStartStorageMbMax} MB`);
  if (tenancy !== undefined) throw notSupported('TenancyConfig');
}

export function notSupported(what: string): Error {
  return new InvalidParameterValueException(`${what} is not supported for SnapStart enabled functions.`);
}

function isSupported(runtime: string): boolean {
  const [, language = '', major = '0', minor = '0'] = /^([a-z]+)(\d+)(?:\.(\d+))?/.exec(runtime) ?? [];
  const bound = oldest[language];
  if (!bound) return false;
  return Number(major) > bound[0] || (Number(major) === bound[0] && Number(minor) >= bound[1]);
}

/** What its environments have of their own: Init takes its time, and its variables don't tell of logs. */
export function snapStartOf({ snapshot, timeout }: Configuration) {
  if (!snapshot) return undefined;
  return {
    initializationType: 'snap-start',
    initTimeoutMs: Math.max(snapStartInitMsMin, timeout * 1000),
    variablesOf: () => ({}),
  } as const;
}

/** In the words of the model: nobody here has heard the service's own. */
export function notRestored(why: 'error' | 'timeout'): Error {
  return why === 'timeout'
    ? new SnapStartTimeoutException("Lambda couldn't restore the snapshot within the timeout limit.")
    : new SnapStartException(
        'The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs.',
      );
}
