export { PackageError } from './packageError.ts';
export {
  type Artifact,
  type PackagedTemplate,
  packageTemplate,
  type Upload,
  type UploadedObject,
} from './packageTemplate.ts';
