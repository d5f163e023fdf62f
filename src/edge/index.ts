export type { HostedService } from './call.ts';
export { Core, type CoreOptions, type OperationCall } from './core.ts';
export { handle } from './pipeline.ts';
export { EdgeServer, type ServerLimits, type ServerOptions } from './server.ts';
