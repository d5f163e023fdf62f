/** For this room's tests: functions as text, run by a computer of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RandomIds } from '../kernel/index.ts';
import { createComputer, type LocalComputer } from './computer.ts';
import type { ComputerOptions } from './options.ts';
import type { EnvironmentSpec, Invocation, InvocationResult } from './port.ts';

export interface Bench {
  readonly computer: LocalComputer;
  readonly root: string;
  /** A function of these files; `key` is its own unless given. */
  spec(files: Readonly<Record<string, string>>, change?: Partial<EnvironmentSpec>): EnvironmentSpec;
  invoke(spec: EnvironmentSpec, event?: unknown, change?: Partial<Invocation>): Promise<Answer>;
  /** Log messages of all functions so far. */
  readonly logs: string[];
  close(): Promise<void>;
}

export interface Answer {
  readonly result: InvocationResult;
  /** The payload, parsed. */
  readonly value: unknown;
}

export function createBench(options: Partial<ComputerOptions> = {}): Bench {
  const root = mkdtempSync(join(tmpdir(), 'brume-compute-'));
  const computer = createComputer({
    folder: join(root, 'environments'),
    ids: new RandomIds(),
    prewarmed: 1,
    ...options,
  });
  const logs: string[] = [];
  let count = 0;
  return {
    computer,
    root,
    logs,
    spec(files, change = {}) {
      const key = `function-${++count}`;
      const codeFolder = join(root, 'code', key);
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(codeFolder, name)), { recursive: true });
        writeFileSync(join(codeFolder, name), content);
      }
      return {
        key,
        runtime: 'nodejs22.x',
        handler: 'index.handler',
        codeFolder,
        layerFolders: [],
        environment: { AWS_LAMBDA_FUNCTION_NAME: key, AWS_LAMBDA_FUNCTION_VERSION: '$LATEST' },
        memoryMb: 128,
        ephemeralStorageMb: 512,
        // Not Lambda's 10 seconds: a machine may be slow, and a test that wants little time says so.
        initTimeoutMs: 30_000,
        onLog: ({ message }) => logs.push(message),
        ...change,
      };
    },
    async invoke(spec, event = {}, change = {}) {
      const result = await computer.invoke(spec, {
        requestId: '11111111-2222-3333-4444-555555555555',
        payload: Buffer.from(JSON.stringify(event)),
        timeoutMs: 20_000,
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${spec.key}`,
        version: '$LATEST',
        traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
        ...change,
      });
      return { result, value: JSON.parse(Buffer.from(result.payload as Uint8Array).toString('utf8')) };
    },
    async close() {
      await computer.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
