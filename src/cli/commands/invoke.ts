/** `brume invoke FUNCTION`: the payload on standard output, the function's log tail on standard error. */
import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { exitCodes, Failure } from '../failure.ts';
import { clientConfig, reach, resolveTarget, type TargetOptions } from '../target.ts';

export async function invoke(name: string, options: TargetOptions & { payload?: string }): Promise<void> {
  const target = resolveTarget(options);
  const payload = await readPayload(options.payload);
  const client = new LambdaClient(clientConfig(target));
  const answer = await reach(target, () =>
    client.send(
      new InvokeCommand({ FunctionName: name, LogType: 'Tail', ...(payload ? { Payload: payload } : {}) }),
    ),
  );
  if (answer.LogResult) process.stderr.write(Buffer.from(answer.LogResult, 'base64'));
  process.stdout.write(`${Buffer.from(answer.Payload ?? []).toString()}\n`);
  if (answer.FunctionError) throw new Failure(`The function failed (${answer.FunctionError}).`);
}

async function readPayload(given: string | undefined): Promise<Uint8Array | undefined> {
  if (given === undefined) return undefined;
  const source =
    given === '-'
      ? await readText(process.stdin)
      : /^\s*[[{"\d\-tfn]/.test(given) && isJson(given)
        ? given
        : await readFile(given, 'utf8').catch(() => given);
  if (!isJson(source)) {
    throw new Failure(`${given === '-' ? 'Standard input' : given} is neither JSON nor a file with JSON.`, {
      exitCode: exitCodes.usage,
    });
  }
  return Buffer.from(source);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
