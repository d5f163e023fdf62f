export { type ComputerOptions, createComputer, LocalComputer } from './computer.ts';
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
export { MissingRuntime } from './port.ts';
export type { SandboxChoice } from './sandbox/choose.ts';
