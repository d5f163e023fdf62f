export type { HostedService } from './call.ts';
export { type Certificate, selfSignedCertificate } from './certificate.ts';
export type { ControlOptions, ControlRoute } from './control.ts';
export { Core, type CoreOptions, type OperationCall } from './core.ts';
export type { CorsOptions } from './cors.ts';
export { createFront, type FrontOptions } from './front.ts';
export { handle } from './pipeline.ts';
export { isServiceHost } from './route.ts';
export { EdgeServer, type ServerLimits, type ServerOptions } from './server.ts';
