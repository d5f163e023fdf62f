export { createServiceProtocol, type ProtocolOptions } from './compile.ts';
export type { OperationModel, ProtocolName, ServiceModel, Shape, ShapeRef } from './model.ts';
export { loadModel } from './models.ts';
export type { CompiledOperation, RequestHead, ServiceProtocol } from './port.ts';
