export { Bundler, wantsBundle } from './bundle.ts';
export { type FunctionSource, functionSources, isBuiltTemplate } from './functions.ts';
export { PackageError } from './packageError.ts';
export {
  type Artifact,
  type PackagedTemplate,
  packageTemplate,
  type Upload,
  type UploadedObject,
} from './packageTemplate.ts';
export { zipFiles, zipPath } from './zip.ts';
