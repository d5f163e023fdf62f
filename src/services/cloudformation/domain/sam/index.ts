export { SamTransformError } from './errors.ts';
export { type SamOptions, transformSam } from './transform.ts';
