/** `brume dev --inspect`: one function waits for a debugger before it runs, for as long as the session lives. */
import { clock } from '../clock.ts';
import { exitCodes, Failure } from '../failure.ts';
import { control, type Target } from '../target.ts';
import type { StackFunction } from './stackFunctions.ts';

/** Node.js's own. */
const portDefault = 9229;
/** The cloud lets go of what isn't asked for again within half a minute. Milliseconds. */
const renewMs = 10_000;

export interface DebuggingOptions {
  readonly port: number;
  /** Logical id or name; the only one in Node.js when absent. */
  readonly functionName: string | undefined;
}

/**
 * @param given what stands after `--inspect`: a port (as `--inspect=9230 FUNCTION`), the function, or nothing.
 * @param following the word after the template, when there is one.
 * @throws Failure for two functions, or a port that is none.
 */
export function debuggingOptions(given: string | true, following: string | undefined): DebuggingOptions {
  if (given === true) return { port: portDefault, functionName: following };
  if (!/^\d+$/.test(given)) {
    if (following === undefined) return { port: portDefault, functionName: given };
    throw new Failure(`A session inspects one function; got ${given} and ${following}.`, {
      exitCode: exitCodes.usage,
    });
  }
  const port = Number(given);
  if (port < 1 || port > 65_535) {
    throw new Failure(`A port is 1 to 65535; got ${given}.`, { exitCode: exitCodes.usage });
  }
  return { port, functionName: following };
}

export class Debugging {
  readonly #target: Target;
  readonly #options: DebuggingOptions;
  readonly #ended = new AbortController();
  #arn: string | undefined;
  #renewing: Promise<void> | undefined;

  constructor(target: Target, options: DebuggingOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** After each deployment: the function may have another name. @throws Failure when there is no such function. */
  async attach(functions: readonly StackFunction[]): Promise<void> {
    const { port, functionName } = this.#options;
    const found = chosen(functions, functionName);
    if (found.arn === this.#arn) return;
    this.#arn = found.arn;
    await this.#ask();
    this.#renewing ??= this.#renew();
    process.stderr.write(
      `${found.logicalId} waits for a debugger at 127.0.0.1:${port} when it is invoked next (chrome://inspect, or "attach" in an editor; its code is at /var/task).\n`,
    );
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
    if (this.#arn === undefined) return;
    // The cloud may be gone first.
    await control(this.#target, this.#path(), { method: 'POST' }).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await clock.sleep(renewMs, signal).catch(() => {});
      // A cloud that is started again has forgotten it, and is told again.
      if (!signal.aborted) await this.#ask().catch(() => undefined);
    }
  }

  async #ask(): Promise<void> {
    await control(this.#target, `${this.#path()}&port=${this.#options.port}`, { method: 'POST' });
  }

  #path(): string {
    return `services/lambda/inspect?function=${encodeURIComponent(this.#arn ?? '')}`;
  }
}

function chosen(functions: readonly StackFunction[], name: string | undefined): StackFunction {
  const possible = functions.filter(({ runtime }) => runtime.startsWith('nodejs'));
  const found =
    name === undefined
      ? possible
      : functions.filter(({ logicalId, functionName }) => logicalId === name || functionName === name);
  const [one] = found;
  if (one && found.length === 1) {
    if (possible.includes(one)) return one;
    throw new Failure(`${one.logicalId} is in ${one.runtime}; a debugger attaches to functions in Node.js.`);
  }
  throw new Failure(
    name === undefined
      ? 'Say which function to inspect: --inspect FUNCTION.'
      : `There is no function ${name}.`,
    {
      hints: [`The stack has ${possible.map(({ logicalId }) => logicalId).join(', ') || 'none in Node.js'}.`],
    },
  );
}
