/** Ruby functions, under Brume's own bootstrap: https://docs.aws.amazon.com/lambda/latest/dg/lambda-ruby.html */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';
import type { EnvironmentSpec } from './port.ts';
import { Languages } from './runtimes/languages.ts';

const missing = await new Languages().missing('ruby3.4');
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;
const bench = createBench();
const layers = mkdtempSync(join(tmpdir(), 'brume-ruby-'));
afterAll(async () => {
  await bench.close();
  rmSync(layers, { recursive: true, force: true });
});

const variables = {
  AWS_LAMBDA_FUNCTION_NAME: 'orders',
  AWS_LAMBDA_FUNCTION_VERSION: '7',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/orders',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
  AWS_LAMBDA_LOG_FORMAT: 'Text',
};

function ruby(
  source: string,
  handler = 'app.handler',
  change: Partial<EnvironmentSpec> = {},
): EnvironmentSpec {
  const files = { 'app.rb': source };
  return bench.spec(files, { runtime: 'ruby3.4', handler, memoryMb: 256, environment: variables, ...change });
}

describe.skipIf(missing !== undefined)(`Ruby${skipped}`, () => {
  it('calls a method of a file with event and context, and of a class in a folder', async () => {
    const method = ruby(
      'def handler(event:, context:)\n  { got: event["a"], n: ($n = ($n || 0) + 1) }\nend\n',
    );
    expect((await bench.invoke(method, { a: 'é' })).value).toEqual({ got: 'é', n: 1 });
    expect((await bench.invoke(method, { a: [1, null] })).value).toEqual({ got: [1, null], n: 2 });
    const source =
      'module Shop\n  class Orders\n    def self.process(event:, context:)\n      event.size\n    end\n  end\nend\n';
    const nested = bench.spec(
      { 'src/app.rb': source },
      { runtime: 'ruby3.3', handler: 'src/app.Shop::Orders.process', environment: variables },
    );
    expect((await bench.invoke(nested, [1, 2, 3])).value).toBe(3);
  });

  it('has everything in its context', async () => {
    const members = [
      ...['aws_request_id', 'invoked_function_arn', 'log_group_name', 'log_stream_name', 'function_name'],
      ...['memory_limit_in_mb', 'function_version', 'identity', 'client_context', 'deadline_ms'],
    ];
    const source = `def handler(event:, context:)
  members = %w[${members.join(' ')}].map { |name| [name, context.public_send(name)] }.to_h
  members.merge(left: context.get_remaining_time_in_millis, trace: ENV['_X_AMZN_TRACE_ID'], now: (Time.now.to_f * 1000).to_i)
end`;
    const change = { clientContext: '{"custom":{"a":1}}', cognitoIdentity: '{"cognitoIdentityId":"x"}' };
    const { value } = await bench.invoke(ruby(source), {}, { ...change, timeoutMs: 20_000 });
    const { left, deadline_ms: deadline, now } = value as { left: number; deadline_ms: number; now: number };
    expect(value).toMatchObject({
      aws_request_id: '11111111-2222-3333-4444-555555555555',
      invoked_function_arn: expect.stringMatching(/^arn:aws:lambda:us-east-1:000000000000:function:/),
      log_group_name: '/aws/lambda/orders',
      log_stream_name: 'stream',
      function_name: 'orders',
      memory_limit_in_mb: '256',
      function_version: '7',
      identity: { cognitoIdentityId: 'x' },
      client_context: { custom: { a: 1 } },
      trace: expect.stringContaining('Root=1-5759e988'),
    });
    expect(left).toBeGreaterThan(10_000);
    expect(left).toBeLessThanOrEqual(20_000);
    expect(deadline - now).toBeLessThanOrEqual(20_000);
  });

  it('tells errors as Lambda does, and goes on after a StandardError', async () => {
    const source = `$n = 0
class OrderError < StandardError; end
def first(event)
  $n += 1
  raise OrderError, 'out of stock' if event['raise']
  nothing_like_it if event['name']
  exit 3 if event['exit']
  exit!(3) if event['leave']
  $n
end
def handler(event:, context:)
  first(event)
end`;
    const own = ruby(source);
    const failed = await bench.invoke(own, { raise: true });
    expect(failed.value).toEqual({
      errorMessage: 'out of stock',
      errorType: 'Function<OrderError>',
      stackTrace: [
        expect.stringMatching(/app\.rb:5:in [`'](Object#)?first'$/),
        expect.stringMatching(/app\.rb:12:in [`'](Object#)?handler'$/),
      ],
    });
    expect(failed.result.ok).toBe(false);
    expect(bench.logs).toContainEqual(expect.stringMatching(/^Error raised from handler method\n\{\n/));
    expect((await bench.invoke(own, {})).value).toBe(2);
    // What Lambda calls critical ends the environment: the next invocation finds a new one.
    const critical = await bench.invoke(own, { name: true });
    expect(critical.value).toMatchObject({
      errorType: 'Function<NameError>',
      errorMessage: expect.stringContaining('undefined local variable or method'),
    });
    expect((await bench.invoke(own, {})).value).toBe(1);
    expect((await bench.invoke(own, { exit: true })).value).toMatchObject({
      errorType: 'Function<SystemExit>',
      errorMessage: 'exit',
    });
    expect((await bench.invoke(own, { leave: true })).value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/exit status 3$/),
    });
  });

  it('tells what went wrong in Init', async () => {
    const load = await bench.invoke(ruby('', 'nowhere.handler'));
    expect(load.value).toMatchObject({
      errorType: 'Init<LoadError>',
      errorMessage: 'cannot load such file -- nowhere',
    });
    expect(bench.logs).toContainEqual(
      expect.stringMatching(/^Init error when loading handler nowhere\.handler\n\{/),
    );
    const raised = await bench.invoke(ruby("raise ArgumentError, 'at the start'"));
    expect(raised.value).toMatchObject({
      errorType: 'Init<ArgumentError>',
      errorMessage: 'at the start',
      stackTrace: expect.arrayContaining([expect.stringContaining('app.rb:1:in')]),
    });
    expect(JSON.stringify(raised.value)).not.toContain('bootstrap.rb');
    const syntax = await bench.invoke(ruby('def handler('));
    expect(syntax.value).toMatchObject({ errorType: 'Init<SyntaxError>' });
    const named = await bench.invoke(ruby('', 'handler'));
    expect(named.value).toMatchObject({
      errorType: 'Init<ArgumentError>',
      errorMessage: expect.stringContaining('must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD'),
    });
    const absent = await bench.invoke(ruby('', 'app.absent'));
    expect(absent.value).toMatchObject({ errorType: 'Function<NoMethodError>' });
  });

  it('logs what is written at once as one event, in order, whichever stream it goes to', async () => {
    const source = `require 'logger'
def handler(event:, context:)
  puts "one\\ntwo"
  STDOUT.puts 'three'
  $stderr.puts 'four'
  print 'with', 'out end'
  print "\\n"
  p({ a: 1 })
  Logger.new($stdout).info('logged')
  Logger.new(STDOUT, progname: 'shop').warn { 'é' }
  print 'last'
  system('echo of a child')
  nil
end`;
    bench.logs.length = 0;
    expect((await bench.invoke(ruby(source))).value).toBeNull();
    await expect.poll(() => bench.logs).toContain('of a child');
    const id = '11111111-2222-3333-4444-555555555555';
    const own = bench.logs.filter((line) => !/^(INIT_START|START|END|REPORT|Brume|of a child)/.test(line));
    expect(own).toEqual([
      'one\ntwo',
      'three',
      'four',
      'without end',
      expect.stringMatching(/^\{(:a=>|a: )1\}$/),
      expect.stringMatching(
        new RegExp(`^I, \\[\\d{4}-\\d\\d-\\d\\dT[\\d:.]+ #\\d+\\]  INFO ${id} -- : logged$`),
      ),
      expect.stringMatching(new RegExp(`^W, .*  WARN ${id} -- shop: é$`)),
      'last',
    ]);
  });

  it('logs JSON where the log format is, from the level that is set', async () => {
    const source = `require 'logger'
def handler(event:, context:)
  logger = Logger.new($stdout)
  logger.info('left out')
  logger.warn('kept')
  raise 'inner'
rescue => e
  logger.error(e)
end`;
    bench.logs.length = 0;
    const environment = { ...variables, AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' };
    const change = { environment, logFormat: 'JSON' as const, systemLogLevel: 'WARN' as const };
    await bench.invoke(ruby(source, 'app.handler', change));
    const events = bench.logs
      .map((line) => JSON.parse(line))
      .filter(({ message }) => !/^Brume/.test(message));
    expect(events).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        level: 'WARN',
        message: 'kept',
        requestId: '11111111-2222-3333-4444-555555555555',
      },
      expect.objectContaining({
        level: 'ERROR',
        message: 'inner',
        errorType: 'RuntimeError',
        errorMessage: 'inner',
        stackTrace: expect.arrayContaining([expect.stringContaining('app.rb:6:in')]),
        location: expect.stringMatching(/app\.rb:.*handler:6$/),
      }),
    ]);
  });

  it('finds gems of the function and files of its layers', async () => {
    const [major = '', minor = ''] = (await new Languages().find('ruby3.4'))?.version.split('.') ?? [];
    const abi = `${major}.${minor}.0`;
    const layer = join(layers, 'layer');
    const put = (path: string, text: string) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    };
    const gem = (folder: string, name: string) => {
      put(join(folder, 'gems', `${name}-1.0.0`, 'lib', `${name}.rb`), `${name.toUpperCase()} = '${name}'`);
      const spec = `Gem::Specification.new { |s| s.name = '${name}'; s.version = '1.0.0'; s.require_paths = ['lib'] }`;
      put(join(folder, 'specifications', `${name}-1.0.0.gemspec`), spec);
    };
    gem(join(layer, 'ruby/gems', abi), 'layered');
    put(join(layer, 'ruby/lib/plain.rb'), "PLAIN = 'plain'");
    const source =
      "require 'layered'\nrequire 'bundled'\nrequire 'plain'\ndef handler(event:, context:)\n  [LAYERED, BUNDLED, PLAIN]\nend\n";
    const own = ruby(source, 'app.handler', { layerFolders: [layer] });
    gem(join(own.codeFolder, 'vendor/bundle/ruby', abi), 'bundled');
    expect((await bench.invoke(own)).value).toEqual(['layered', 'bundled', 'plain']);
  });

  it('answers what can be read as it stands', async () => {
    const source =
      "require 'stringio'\ndef handler(event:, context:)\n  StringIO.new('[\"as it is\"]')\nend\n";
    expect((await bench.invoke(ruby(source))).value).toEqual(['as it is']);
  });

  it('is up before there is a function', async () => {
    const own = createBench({ prewarmed: 2 });
    const shape = { runtime: 'ruby3.4', memoryMb: 128, ephemeralStorageMb: 512 };
    own.computer.prepare(shape);
    const began = "File.read('/proc/self/stat').split(') ').last.split[19].to_f / 100";
    const app = { 'app.rb': `def handler(event:, context:)\n  ${began}\nend\n` };
    await own.invoke(own.spec(app, { ...shape, handler: 'app.handler' }));
    const uptime = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
    const second = await own.invoke(own.spec(app, { ...shape, handler: 'app.handler' }));
    expect(second.value).toBeLessThanOrEqual(uptime);
    await own.close();
  });
});
