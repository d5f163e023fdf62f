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
  SandboxDescription,
} from './port.ts';
export { kindOf, type RuntimeKind } from './runtimes.ts';
export type { SandboxChoice } from './sandbox/choose.ts';
