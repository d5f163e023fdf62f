/** `brume iam mode`: what policies decide in which account of a running cloud. */
import { exitCodes, Failure } from '../failure.ts';
import { control, resolveTarget, type TargetOptions } from '../target.ts';

interface Modes {
  default: string;
  /** The account of unknown access keys. */
  account: string;
  accounts: Record<string, string>;
}

const words: Readonly<Record<string, string>> = {
  enforce: 'policies are enforced',
  audit: 'nothing is refused; what policies would refuse is recorded',
  off: 'policies are not asked',
};

export async function iamMode(
  mode: string | undefined,
  options: TargetOptions & { account?: string; json?: boolean },
): Promise<void> {
  const target = resolveTarget(options);
  if (mode !== undefined && mode !== 'default' && !Object.hasOwn(words, mode)) {
    throw new Failure(`There is no mode ${mode}.`, {
      exitCode: exitCodes.usage,
      hints: ['The modes are enforce, audit and off; default is the one that the cloud was started with.'],
    });
  }
  const init: RequestInit =
    mode === undefined
      ? {}
      : {
          method: 'POST',
          body: JSON.stringify({
            mode,
            ...(options.account === undefined ? {} : { account: options.account }),
          }),
        };
  const modes = (await (await control(target, 'iam/mode', init)).json()) as Modes;
  process.stdout.write(options.json ? `${JSON.stringify(modes, null, 2)}\n` : shown(modes));
}

function shown(modes: Modes): string {
  const line = (who: string, mode: string) => `${who.padEnd(16)}${mode.padEnd(10)}${words[mode] ?? ''}\n`;
  return [
    ...Object.entries(modes.accounts).map(([account, mode]) => line(account, mode)),
    line(Object.keys(modes.accounts).length === 0 ? 'every account' : 'others', modes.default),
  ].join('');
}
