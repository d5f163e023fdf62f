/**
 * Programs as users build them, with AWS's own clients of the Runtime API: Go, Rust, Java, and Python as a custom runtime;
 * and a program for .NET, whose client's registry is none of those that tests ask.
 * What they are built with is fetched from its registry and kept in `~/.cache/brume-test` (BRUME_TEST_CACHE); where the
 * tools or the registry aren't there, a test says so and is skipped.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { createBench } from '../../src/compute/fixture.ts';
import { CannotInstall, install, thisMachine } from '../../src/compute/index.ts';
import type { EnvironmentSpec } from '../../src/compute/port.ts';
import { onPath } from '../../src/compute/runtimes/machine.ts';

const cache = process.env.BRUME_TEST_CACHE ?? join(homedir(), '.cache', 'brume-test');
const machine = thisMachine();
const bench = createBench();
afterAll(() => bench.close());

/** The first build fetches and compiles what functions are made of. */
const buildMsMax = 300_000;
const timeout = buildMsMax + 60_000;
const id = '11111111-2222-3333-4444-555555555555';
const variables = {
  AWS_REGION: 'us-east-1',
  AWS_LAMBDA_FUNCTION_NAME: 'orders',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/orders',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
};

/**
 * Builds in a folder of the cache that is named after all that goes into it, unless that has been done.
 * Skips the test when a program is missing, or when a step fails: with the reason.
 */
async function built(
  context: TestContext,
  name: string,
  files: Readonly<Record<string, string>>,
  steps: readonly (readonly [program: string, ...args: string[]])[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const of = createHash('sha256')
    .update(JSON.stringify([files, steps, variables]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cache, `${name}-${of}`);
  const done = join(folder, '.done');
  if (existsSync(done)) return folder;
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(folder, { recursive: true });
  for (const [program, ...args] of steps) {
    if (!program.includes('/') && onPath(machine, program).length === 0)
      context.skip(`no ${program} on this machine`);
    try {
      const options = { cwd: folder, env: { ...process.env, ...variables }, timeout: buildMsMax };
      await promisify(execFile)(program, args, options);
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      context.skip(`${program} ${args[0]} failed: ${stderr.trim().split('\n').at(-1) || String(error)}`);
    }
  }
  writeFileSync(done, '');
  return folder;
}

function spec(runtime: string, handler: string, change: Partial<EnvironmentSpec> = {}): EnvironmentSpec {
  const environment = { ...variables, _HANDLER: handler };
  return bench.spec({ 'placeholder.txt': '' }, { runtime, handler, memoryMb: 512, environment, ...change });
}

const invoke = (own: EnvironmentSpec, event: unknown) => bench.invoke(own, event, { timeoutMs: 20_000 });

describe('Go, with github.com/aws/aws-lambda-go', () => {
  const source = `package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func handle(ctx context.Context, event map[string]any) (any, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	fmt.Println("from go")
	if event["fail"] != nil {
		return nil, errors.New("on purpose")
	}
	if event["panic"] != nil {
		panic("in panic")
	}
	deadline, _ := ctx.Deadline()
	return map[string]any{"got": event["a"], "id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
		"name": lambdacontext.FunctionName, "custom": lc.ClientContext.Custom, "deadline": deadline.UnixMilli()}, nil
}

func main() { lambda.Start(handle) }
`;
  const mod = 'module handler\n\ngo 1.18\n\nrequire github.com/aws/aws-lambda-go v1.49.0\n';

  it('is the bootstrap of provided.al2023 and the program of go1.x', { timeout }, async (context) => {
    const folder = await built(
      context,
      'go',
      { 'main.go': source, 'go.mod': mod },
      [
        ['go', 'mod', 'tidy'],
        ['go', 'build', '-tags', 'lambda.norpc', '-o', 'bootstrap', 'main.go'],
      ],
      { CGO_ENABLED: '0', GOFLAGS: '-mod=mod' },
    );
    const own = spec('provided.al2023', 'unused');
    cpSync(join(folder, 'bootstrap'), join(own.codeFolder, 'bootstrap'));
    const change = { timeoutMs: 20_000, clientContext: '{"custom":{"b":"c"}}' };
    const { value } = await bench.invoke(own, { a: 'é' }, change);
    expect(value).toMatchObject({ got: 'é', id, name: 'orders', custom: { b: 'c' } });
    expect(value).toMatchObject({ arn: expect.stringMatching(/^arn:aws:lambda:us-east-1:/) });
    expect((value as { deadline: number }).deadline).toBeGreaterThan(1.7e12);
    await expect.poll(() => bench.logs).toContain('from go');
    const failed = await invoke(own, { fail: true });
    expect(failed.value).toEqual({ errorMessage: 'on purpose', errorType: 'errorString' });
    const panicked = await invoke(own, { panic: true });
    expect(panicked.value).toMatchObject({
      errorMessage: 'in panic',
      errorType: 'string',
      stackTrace: expect.arrayContaining([expect.objectContaining({ label: 'handle' })]),
    });
    // The client ends the process after a panic; the next invocation finds another.
    expect((await invoke(own, { a: 1 })).value).toMatchObject({ got: 1 });
    const old = spec('go1.x', 'main');
    cpSync(join(folder, 'bootstrap'), join(old.codeFolder, 'main'));
    expect((await invoke(old, { a: 2 })).value).toMatchObject({ got: 2 });
  });
});

describe('Rust, with lambda_runtime', () => {
  const manifest = `[package]
name = "handler"
version = "0.1.0"
edition = "2021"

[dependencies]
lambda_runtime = "=0.14.4"
serde_json = "1"
tokio = { version = "1", features = ["macros"] }

[profile.dev]
debug = false
`;
  const source = `use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    println!("from rust");
    let (event, context) = event.into_parts();
    if !event["fail"].is_null() {
        return Err("on purpose".into());
    }
    if !event["panic"].is_null() {
        panic!("in panic");
    }
    Ok(json!({ "got": event["a"], "id": context.request_id, "name": context.env_config.function_name }))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
`;

  it('is the bootstrap of provided.al2023', { timeout }, async (context) => {
    const folder = await built(context, 'rust', { 'Cargo.toml': manifest, 'src/main.rs': source }, [
      ['cargo', 'build', '--quiet'],
    ]);
    const own = spec('provided.al2023', 'unused');
    cpSync(join(folder, 'target/debug/handler'), join(own.codeFolder, 'bootstrap'));
    expect((await invoke(own, { a: 'é' })).value).toEqual({ got: 'é', id, name: 'orders' });
    await expect.poll(() => bench.logs).toContain('from rust');
    expect((await invoke(own, { fail: true })).value).toMatchObject({ errorMessage: 'on purpose' });
    expect((await invoke(own, { panic: true })).value).toMatchObject({
      errorMessage: expect.stringContaining('in panic'),
    });
    expect((await invoke(own, { a: 1 })).value).toMatchObject({ got: 1 });
  });
});

describe('Java, with AWS’s runtime interface client', () => {
  const source = `package app; import java.util.*; import com.amazonaws.services.lambda.runtime.*;
public class Handler implements RequestHandler<Map<String,Object>, Map<String,Object>> {
  public Map<String,Object> handleRequest(Map<String,Object> event, Context context) {
    context.getLogger().log("from java\\n");
    if (event.get("fail") != null) throw new IllegalStateException("on purpose");
    return Map.of("got", event.get("a"), "name", context.getFunctionName(), "id", context.getAwsRequestId(), "time", context.getRemainingTimeInMillis() > 0);
  }
}`;

  it('runs a class', { timeout }, async (context) => {
    if (onPath(machine, 'javac').length === 0) context.skip('no JDK (javac) on this machine');
    const here = { ...machine, cache: join(cache, 'runtimes') };
    if (!existsSync(join(here.cache, 'java'))) {
      await install('java', here).catch((error: Error) => {
        if (!(error instanceof CannotInstall)) throw error;
        context.skip(error.message);
      });
    }
    const real = createBench({ machine: here });
    const own = spec('java17', 'app.Handler::handleRequest');
    const code = join(real.root, 'classes');
    const options = [
      '--release',
      '11',
      '-nowarn',
      '-Xlint:-options',
      '-cp',
      `${here.cache}/java/*`,
      '-d',
      code,
    ];
    const file = join(real.root, 'Handler.java');
    writeFileSync(file, source);
    execFileSync('javac', [...options, file], { stdio: 'pipe' });
    const compiled = { ...own, codeFolder: code };
    const answer = await real.invoke(compiled, { a: 'é' }, { timeoutMs: 20_000 });
    expect(answer.value).toEqual({ got: 'é', name: 'orders', id, time: true });
    expect((await real.invoke(compiled, { fail: true })).value).toMatchObject({
      errorMessage: 'on purpose',
      errorType: 'java.lang.IllegalStateException',
      stackTrace: expect.arrayContaining([expect.stringContaining('app.Handler.handleRequest')]),
    });
    await expect.poll(() => bench.logs).toContain('from java');
    await real.close();
  });
});

describe('Python, with awslambdaric as a custom runtime', () => {
  const python = '/usr/bin/python3';

  it('runs a handler', { timeout }, async (context) => {
    if (!existsSync(python)) context.skip(`no ${python} on this machine`);
    const version = execFileSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
    const options = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:', '--target', 'lib'];
    const minor = ['--python-version', version.toString('utf8').trim()];
    const folder = await built(context, 'python', {}, [
      ['python3', '-m', 'pip', 'install', ...options, ...minor, 'awslambdaric==4.2.2'],
    ]);
    const app =
      'def handler(e, c):\n  print("from python")\n  if "fail" in e: raise ValueError("on purpose")\n  return {"got": e["a"], "id": c.aws_request_id, "left": c.get_remaining_time_in_millis() > 0}\n';
    const bootstrap = `#!/bin/sh\nPYTHONPATH=$LAMBDA_TASK_ROOT/lib:$LAMBDA_TASK_ROOT exec ${python} -m awslambdaric app.handler\n`;
    const own = spec('provided.al2023', 'app.handler');
    writeFileSync(join(own.codeFolder, 'app.py'), app);
    writeFileSync(join(own.codeFolder, 'bootstrap'), bootstrap);
    chmodSync(join(own.codeFolder, 'bootstrap'), 0o755);
    cpSync(join(folder, 'lib'), join(own.codeFolder, 'lib'), { recursive: true });
    expect((await invoke(own, { a: 'é' })).value).toEqual({ got: 'é', id, left: true });
    expect((await invoke(own, { fail: true })).value).toMatchObject({
      errorMessage: 'on purpose',
      errorType: 'ValueError',
      stackTrace: [expect.stringContaining('app.py')],
    });
    await expect.poll(() => bench.logs).toContain('from python');
  });
});

describe('.NET, by a program that is its own client', () => {
  const source = `using System;
using System.IO;
using System.Net;
using System.Text;

public static class Program
{
    public static void Main()
    {
        var api = "http://" + Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/";
        for (var n = 1; ; n++)
        {
            var next = (HttpWebResponse)WebRequest.Create(api + "next").GetResponse();
            var id = next.Headers["Lambda-Runtime-Aws-Request-Id"];
            string text;
            using (var reader = new StreamReader(next.GetResponseStream(), Encoding.UTF8)) text = reader.ReadToEnd();
            Console.WriteLine("from .NET " + Environment.Version);
            var answer = WebRequest.Create(api + id + "/response");
            answer.Method = "POST";
            var body = Encoding.UTF8.GetBytes("{\\"n\\":" + n + ",\\"event\\":" + text + "}");
            using (var stream = answer.GetRequestStream()) stream.Write(body, 0, body.Length);
            answer.GetResponse().Close();
        }
    }
}
`;
  const framework = { name: 'Microsoft.NETCore.App', version: '3.1.0' };
  const settings = JSON.stringify({ runtimeOptions: { tfm: 'netcoreapp3.1', framework } });

  it('is what the handler names', { timeout }, async (context) => {
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--target', 'lib'];
    const folder = await built(
      context,
      'dotnet',
      { 'code/Orders.runtimeconfig.json': settings, 'Program.cs': source },
      [
        ['mcs', '-target:exe', '-r:System.dll', '-out:code/Orders.dll', 'Program.cs'],
        ['python3', '-m', 'pip', 'install', ...options, 'dotnetcore2==3.1.23'],
        ['chmod', '+x', 'lib/dotnetcore2/bin/dotnet'],
      ],
    );
    const DOTNET_ROOT = join(folder, 'lib/dotnetcore2/bin');
    const variablesHere = { ...machine.variables, DOTNET_ROOT };
    const real = createBench({ machine: { ...machine, variables: variablesHere } });
    // A .NET of that age doesn't know the ICU of a machine of today.
    const environment = { ...variables, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };
    const own = spec('dotnetcore3.1', 'Orders', { codeFolder: join(folder, 'code'), environment });
    const answer = await real.invoke(own, { a: 'é' }, { timeoutMs: 20_000 });
    expect(answer.value).toEqual({ n: 1, event: { a: 'é' } });
    expect((await real.invoke(own, [2])).value).toEqual({ n: 2, event: [2] });
    await expect.poll(() => bench.logs).toContain('from .NET 3.1.23');
    await real.close();
  });
});
