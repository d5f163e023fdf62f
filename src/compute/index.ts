export { createComputer, LocalComputer } from './computer.ts';
export { findEngine } from './container/cli.ts';
export { noEngine } from './container/containers.ts';
export type { ComputerOptions } from './options.ts';
export type {
  Computer,
  EnvironmentIdentity,
  EnvironmentShape,
  EnvironmentSpec,
  Invocation,
  InvocationResult,
  InvocationUsage,
  LogEvent,
  ResponseStream,
  SandboxDescription,
} from './port.ts';
export { imageRuntime, MissingRuntime } from './port.ts';
export { CannotInstall, install } from './runtimes/install.ts';
export { Languages, type RuntimeFinding, sdkFindings } from './runtimes/languages.ts';
export { thisMachine } from './runtimes/machine.ts';
export { describeIsolation, type SandboxChoice } from './sandbox/choose.ts';
export { peerOf } from './sandbox/peers.ts';
