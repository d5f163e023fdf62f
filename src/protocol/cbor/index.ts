export { CborCompiler } from './codec.ts';
export { decodeCbor } from './decode.ts';
export { encodeCbor } from './encode.ts';
