/** What the bootstraps are told: the function to load, and its invocations. */
import { frame, invokeFrame, toFunction } from './frames.ts';
import type { EnvironmentIdentity, EnvironmentSpec, Invocation } from './port.ts';
import type { SandboxPaths } from './sandbox/port.ts';

/** @param code what the runtime does about compiled code. @param isExtended external extensions stand beside it. */
export function initFrame(
  spec: EnvironmentSpec,
  identity: EnvironmentIdentity,
  paths: SandboxPaths,
  code?: 'kept' | 'wanted',
  isExtended = false,
): Buffer {
  const variables = {
    ...spec.environment,
    ...spec.variablesOf?.(identity),
    LAMBDA_TASK_ROOT: paths.task,
    LAMBDA_RUNTIME_DIR: paths.runtime,
  };
  const init = {
    handler: spec.handler,
    runtime: spec.runtime,
    taskRoot: paths.task,
    opt: paths.opt,
    sdk: paths.sdk,
    variables,
    ...(code === undefined ? {} : { code }),
    ...(isExtended ? { isExtended } : {}),
    ...(spec.initializationType === 'snap-start' ? { snapStart: true } : {}),
    ...(spec.inspectPort === undefined ? {} : { inspectPort: spec.inspectPort }),
  };
  return frame(toFunction.init, Buffer.from(JSON.stringify(init)));
}

/** @param timeoutMs what is left of its time. */
export function invocationFrame(invocation: Invocation, timeoutMs = invocation.timeoutMs): Buffer {
  const { requestId, functionArn, traceId, clientContext, cognitoIdentity, tenantId } = invocation;
  const head = { requestId, functionArn, traceId, timeoutMs, clientContext, cognitoIdentity, tenantId };
  return invokeFrame(head, invocation.payload);
}
