/**
 * Runtimes that speak the Runtime API: Java, .NET, Go and programs of one's own, by stand-ins. With AWS's own
 * clients: test/e2e/runtimeClients.test.ts.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';
import type { EnvironmentSpec } from './port.ts';
import { onPath, thisMachine } from './runtimes/machine.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'brume-foreign-')));
const cache = join(root, 'cache');
const users = thisMachine();
const machine = { ...users, path: [join(root, 'bin'), ...users.path], cache };
const bench = createBench({ machine });
afterAll(async () => {
  await bench.close();
  rmSync(root, { recursive: true, force: true });
});

const has = (program: string) => onPath(users, program).length > 0;
const unless = (missing: string | false | undefined) => (missing ? ` (skipped: ${missing})` : '');

const variables = {
  AWS_REGION: 'us-east-1',
  AWS_LAMBDA_FUNCTION_NAME: 'orders',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/orders',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
};

function spec(
  runtime: string,
  handler: string,
  files: Record<string, string>,
  change: Partial<EnvironmentSpec> = {},
) {
  return bench.spec(files, {
    runtime,
    handler,
    memoryMb: 512,
    environment: { ...variables, _HANDLER: handler },
    ...change,
  });
}

function program(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** Answers every invocation with what it was started with. */
const curlLoop = `
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while curl -sS -D /tmp/head -o /tmp/event "$api/next"; do
  id=$(tr -d '\\r' < /tmp/head | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  printf '{"args":"%s","event":%s}' "$*" "$(cat /tmp/event)" | curl -sS -d @- "$api/$id/response" > /dev/null
done
`;

const noJdk = !has('javac') && 'no JDK (javac) on this machine';

describe.skipIf(noJdk)(`Java${unless(noJdk)}`, () => {
  /** Speaks the Runtime API under the name of AWS's client. */
  const standIn = `package com.amazonaws.services.lambda.runtime.api.client;
import java.io.*; import java.net.*; import java.util.stream.*;
public class AWSLambda {
  public static void main(String[] args) throws Exception {
    String api = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/";
    Object own = Class.forName(args[0].split("::")[0]).getDeclaredConstructor().newInstance();
    while (true) {
      HttpURLConnection next = (HttpURLConnection) new URL(api + "next").openConnection();
      String event = new BufferedReader(new InputStreamReader(next.getInputStream())).lines().collect(Collectors.joining());
      String id = next.getHeaderField("Lambda-Runtime-Aws-Request-Id");
      HttpURLConnection answer = (HttpURLConnection) new URL(api + id + "/response").openConnection();
      answer.setDoOutput(true);
      String text = "{\\"handler\\":\\"" + args[0] + "\\",\\"own\\":\\"" + own + "\\",\\"heapMb\\":" + Runtime.getRuntime().maxMemory() / 1048576 + ",\\"event\\":" + event + "}";
      answer.getOutputStream().write(text.getBytes());
      answer.getResponseCode();
    }
  }
}`;

  const compile = (files: Record<string, string>, classPath: string, folder: string) => {
    const sources = join(root, 'java');
    rmSync(sources, { recursive: true, force: true });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(sources, name)), { recursive: true });
      writeFileSync(join(sources, name), text);
    }
    const options = ['--release', '11', '-nowarn', '-Xlint:-options', '-cp', classPath, '-d', folder];
    execFileSync('javac', [...options, ...Object.keys(files).map((name) => join(sources, name))], {
      stdio: 'pipe',
    });
  };

  it('starts AWS’s client with the function’s classes, its handler and its memory', {
    timeout: 120_000,
  }, async () => {
    const client = join(cache, 'java');
    const classes = join(root, 'client');
    compile({ 'AWSLambda.java': standIn }, '', classes);
    mkdirSync(client, { recursive: true });
    execFileSync('jar', ['--create', '--file', join(client, 'client.jar'), '-C', classes, '.']);
    const own = spec('java21', 'app.Handler::run', { 'placeholder.txt': '' });
    const handler = 'package app; public class Handler { public String toString() { return "mine"; } }';
    compile({ 'app/Handler.java': handler }, '', own.codeFolder);
    const { value, result } = await bench.invoke(own, { a: 1 }, { timeoutMs: 10_000 });
    expect(value).toMatchObject({ handler: 'app.Handler::run', own: 'mine', event: { a: 1 } });
    expect((value as { heapMb: number }).heapMb).toBeLessThanOrEqual(Math.floor(512 * 0.85));
    expect(result.initMs).toBeGreaterThan(0);
  });
});

const noCurl = !has('curl') && 'no curl on this machine';

describe.skipIf(noCurl)(`.NET, by a stand-in${unless(noCurl)}`, () => {
  it('.NET starts the function’s own program, which brings Amazon.Lambda.RuntimeSupport', async () => {
    const script = `#!/bin/sh
if [ "$1" = --list-runtimes ]; then echo 'Microsoft.NETCore.App 8.0.11 [/x]'; exit; fi
${curlLoop}`;
    program(join(root, 'dotnet/dotnet'), script);
    const dotnet = { ...machine, variables: { ...users.variables, DOTNET_ROOT: join(root, 'dotnet') } };
    const own = createBench({ machine: dotnet });
    const change = { runtime: 'dotnet8', environment: variables };
    const { value } = await own.invoke(own.spec({ 'Orders.dll': '' }, { ...change, handler: 'Orders' }), 7);
    expect(value).toEqual({ args: 'exec --roll-forward Major /var/task/Orders.dll', event: 7 });
    const library = own.spec({ 'Orders.dll': '' }, { ...change, handler: 'Orders::Orders.Function::Handle' });
    await expect(own.invoke(library)).rejects.toThrow(/functions that are programs/);
    await own.close();
  });
});

const noCompiler = !has('cc') && 'no C compiler on this machine';
const noGo = !has('go') && 'no Go on this machine';

/** Without net/http, whose first build takes a minute. */
const go = `package main
import ("bufio"; "io"; "net"; "os"; "strconv"; "strings")
func call(head string, body string) (string, string) {
  connection, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
  if err != nil { os.Exit(1) }
  defer connection.Close()
  io.WriteString(connection, head + " HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\ncontent-length: " + strconv.Itoa(len(body)) + "\\r\\n\\r\\n" + body)
  all, _ := io.ReadAll(bufio.NewReader(connection))
  parts := strings.SplitN(string(all), "\\r\\n\\r\\n", 2)
  return parts[0], parts[1]
}
func main() {
  for n := 1; ; n++ {
    head, event := call("GET /2018-06-01/runtime/invocation/next", "")
    id := strings.SplitN(strings.SplitN(head, "lambda-runtime-aws-request-id: ", 2)[1], "\\r", 2)[0]
    body := "{\\"n\\":" + strconv.Itoa(n) + ",\\"handler\\":\\"" + os.Getenv("_HANDLER") + "\\",\\"event\\":" + event + "}"
    call("POST /2018-06-01/runtime/invocation/" + id + "/response", body)
  }
}`;

describe.skipIf(noGo)(`a program in Go${unless(noGo)}`, () => {
  const binary = join(root, 'go', 'main');
  const build = () => {
    mkdirSync(dirname(binary), { recursive: true });
    writeFileSync(join(root, 'go/main.go'), go);
    const variables = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GO111MODULE: 'off' };
    execFileSync('go', ['build', '-o', binary, 'main.go'], { cwd: join(root, 'go'), env: variables });
  };

  it('is the bootstrap of provided.al2023, and what the handler names in go1.x', {
    timeout: 120_000,
  }, async () => {
    build();
    const custom = spec('provided.al2023', 'unused', {});
    mkdirSync(custom.codeFolder, { recursive: true });
    execFileSync('cp', [binary, join(custom.codeFolder, 'bootstrap')]);
    expect((await bench.invoke(custom, { a: 1 })).value).toEqual({
      n: 1,
      handler: 'unused',
      event: { a: 1 },
    });
    expect((await bench.invoke(custom, { a: 2 })).value).toMatchObject({ n: 2 });
    const old = spec('go1.x', 'main', {});
    mkdirSync(old.codeFolder, { recursive: true });
    execFileSync('cp', [binary, join(old.codeFolder, 'main')]);
    expect((await bench.invoke(old, [])).value).toEqual({ n: 1, handler: 'main', event: [] });
  });
});

/** As small as a program in C or Rust can be: sockets, and HTTP by hand. */
const c = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <arpa/inet.h>
static char buffer[65536];
static void call(const char *head, const char *body) {
  char host[64]; int port; sscanf(getenv("AWS_LAMBDA_RUNTIME_API"), "%63[^:]:%d", host, &port);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)}; inet_pton(AF_INET, host, &to.sin_addr);
  int s = socket(AF_INET, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)&to, sizeof to)) exit(1);
  dprintf(s, "%s HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\ncontent-length: %zu\\r\\n\\r\\n%s", head, strlen(body), body);
  size_t have = 0; ssize_t n; while ((n = read(s, buffer + have, sizeof buffer - 1 - have)) > 0) have += n;
  buffer[have] = 0; close(s);
}
int main(void) {
  for (;;) {
    call("GET /2018-06-01/runtime/invocation/next", "");
    char *at = strcasestr(buffer, "lambda-runtime-aws-request-id: "); char id[64], path[256], body[65536];
    sscanf(at + 31, "%63[^\\r]", id);
    snprintf(body, sizeof body, "{\\"event\\":%s}", strstr(buffer, "\\r\\n\\r\\n") + 4);
    snprintf(path, sizeof path, "POST /2018-06-01/runtime/invocation/%s/response", id);
    call(path, body);
  }
}`;

describe.skipIf(noCompiler)(`a program in C${unless(noCompiler)}`, () => {
  it('is the bootstrap of provided.al2023, from a layer too', async () => {
    writeFileSync(join(root, 'main.c'), c);
    const layer = join(root, 'layer');
    mkdirSync(layer);
    execFileSync('cc', ['-D_GNU_SOURCE', '-w', '-o', join(layer, 'bootstrap'), join(root, 'main.c')]);
    const own = spec('provided.al2023', 'x', { 'data.txt': '' }, { layerFolders: [layer] });
    expect((await bench.invoke(own, { a: 'é' })).value).toEqual({ event: { a: 'é' } });
    expect((await bench.invoke(own, [2])).value).toEqual({ event: [2] });
  });
});

const noNode = !has('node') && 'no Node.js on PATH';

describe.skipIf(noNode)(`a program that ends after an error${unless(noNode)}`, () => {
  /** Tells of the error first, then takes its time to end, as clients do whose function has panicked. */
  const program = `#!/usr/bin/env node
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
(async () => {
  for (let n = 1; ; n++) {
    const next = await fetch(api + 'next');
    const { fail, end } = await next.json();
    const id = next.headers.get('lambda-runtime-aws-request-id');
    const body = JSON.stringify(fail ? { errorType: 'string', errorMessage: 'panic' } : { n, pid: process.pid });
    await fetch(api + id + (fail ? '/error' : '/response'), { method: 'POST', body });
    if (end) setTimeout(() => process.exit(1), 100), await new Promise(() => {});
  }
})();`;

  it('isn’t given another invocation; one that goes on is', async () => {
    const own = spec('provided.al2023', 'unused', { bootstrap: program });
    chmodSync(join(own.codeFolder, 'bootstrap'), 0o755);
    expect((await bench.invoke(own, { fail: true, end: true })).value).toMatchObject({
      errorMessage: 'panic',
    });
    expect((await bench.invoke(own)).value).toMatchObject({ n: 1 });
    expect((await bench.invoke(own, { fail: true })).value).toMatchObject({ errorMessage: 'panic' });
    await expect.poll(async () => (await bench.invoke(own)).value).toMatchObject({ n: expect.any(Number) });
  });
});
