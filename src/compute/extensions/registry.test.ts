import { describe, expect, it } from 'vitest';
import { ExtensionRegistry, type InvokeEvent, type LifecycleEvent } from './registry.ts';

const unknown = '00000000-0000-4000-8000-00000000ffff';
const invoke: InvokeEvent = {
  eventType: 'INVOKE',
  deadlineMs: 1,
  requestId: 'r',
  invokedFunctionArn: 'arn',
  tracing: { type: 'X-Amzn-Trace-Id', value: 't' },
};

function createRegistry() {
  let count = 0;
  return new ExtensionRegistry(() => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`);
}

const refusal = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    const { errorType, message, status } = error as { errorType: string; message: string; status: number };
    return [status, errorType, message];
  }
  return undefined;
};

describe('the registry of extensions', () => {
  it('knows external ones by the names of their files', () => {
    const registry = createRegistry();
    registry.expect('outer');
    const outer = registry.register('outer', ['INVOKE', 'SHUTDOWN']);
    expect(outer).toMatchObject({ external: true, state: 'Registered' });
    expect(registry.find(outer.identifier.toUpperCase())).toBe(outer);
    expect(refusal(() => registry.register('outer', []))).toEqual([
      403,
      'Extension.InvalidExtensionState',
      'State transition from Registered to Registered failed for extension outer. Error: State transition is not allowed',
    ]);
  });

  it('takes internal ones, ten in all, until Init is over', () => {
    const registry = createRegistry();
    registry.expect('outer');
    for (let n = 1; n < 10; n++) registry.register(`inner-${n}`, ['INVOKE']);
    expect(refusal(() => registry.register('eleventh', []))).toEqual([
      403,
      'Extension.TooManyExtensions',
      'Extension limit (10) reached',
    ]);
    registry.close();
    expect(refusal(() => registry.register('late', []))).toEqual([
      403,
      'Extension.RegistrationClosed',
      'Extension registration closed already',
    ]);
  });

  it('refuses events that there aren’t', () => {
    const registry = createRegistry();
    expect(refusal(() => registry.register('inner', ['SHUTDOWN']))).toEqual([
      403,
      'Extension.InvalidEventType',
      'SHUTDOWN: ShutdownEventNotSupportedForInternalExtension',
    ]);
    expect(refusal(() => registry.register('inner', ['invoke']))?.[2]).toBe('invoke: InvalidEventType');
    expect(registry.isEmpty).toBe(true);
  });

  it('tells identifiers apart', () => {
    const registry = createRegistry();
    expect(refusal(() => registry.find(undefined))?.[1]).toBe('Extension.MissingExtensionIdentifier');
    expect(refusal(() => registry.find('x'))?.[1]).toBe('Extension.InvalidExtensionIdentifier');
    expect(refusal(() => registry.find(unknown))).toEqual([
      403,
      'Extension.UnknownExtensionIdentifier',
      `Unknown extension ${unknown}`,
    ]);
  });

  it('gives events to who asks, or as soon as it asks', () => {
    const registry = createRegistry();
    const heard: LifecycleEvent[] = [];
    const eager = registry.register('eager', ['INVOKE']);
    const busy = registry.register('busy', ['INVOKE']);
    const deaf = registry.register('deaf', []);
    registry.next(eager, (event) => heard.push(event));
    registry.next(deaf, (event) => heard.push(event));
    registry.publish(invoke);
    expect(heard).toEqual([invoke]);
    expect([eager.state, busy.state, deaf.state]).toEqual(['Running', 'Registered', 'Ready']);
    registry.next(busy, (event) => heard.push(event));
    expect(heard).toEqual([invoke, invoke]);
    registry.next(busy, (event) => heard.push(event));
    expect(busy.state).toBe('Ready');
  });

  it('answers nobody that has failed', () => {
    const registry = createRegistry();
    const inner = registry.register('inner', ['INVOKE']);
    registry.fail(inner, 'init', 'Mine.Broken');
    expect(inner).toMatchObject({ state: 'InitError', errorType: 'Mine.Broken' });
    expect(refusal(() => registry.next(inner, () => {}))?.[1]).toBe('Extension.InvalidExtensionState');
    expect(refusal(() => registry.fail(inner, 'exit', 'x'))?.[1]).toBe('Extension.InvalidExtensionState');
  });
});
