import { lambdaCode } from './codeLocation.ts';
import { InvalidResource } from './errors.ts';
import { asMap, type Dict, isEmpty, isPresent, text } from './values.ts';

/** Where the code lies: inline, in S3, or an image. */
export function functionCode(logicalId: string, properties: Dict): Dict {
  const packageType = isPresent(properties.PackageType) ? text(properties.PackageType) : 'Zip';
  if (packageType === 'Image') {
    if (properties.ImageUri === undefined) throw new InvalidResource(logicalId, "'ImageUri' must be set.");
    if (isEmpty(properties.ImageUri)) {
      throw new InvalidResource(
        logicalId,
        "'ImageUri' requires that a image hosted at a registry be specified.",
      );
    }
    return { ImageUri: properties.ImageUri };
  }
  if (packageType !== 'Zip') throw new InvalidResource(logicalId, `invalid 'PackageType' : ${packageType}`);
  let code: Dict;
  if (properties.InlineCode !== undefined) code = { ZipFile: properties.InlineCode };
  else if (properties.CodeUri !== undefined) code = lambdaCode(properties.CodeUri, logicalId, 'CodeUri');
  else throw new InvalidResource(logicalId, "Only one of 'InlineCode' or 'CodeUri' can be set.");
  if (isPresent(properties.SourceKMSKeyArn)) code.SourceKMSKeyArn = properties.SourceKMSKeyArn;
  return code;
}

/** Which properties go with which kind of package. */
export function checkPackageType(logicalId: string, lambda: Dict): void {
  const isImage = text(lambda.PackageType ?? 'Zip') === 'Image';
  const code = asMap(lambda.Code);
  const refuse = (message: string): never => {
    throw new InvalidResource(logicalId, message);
  };
  if (isImage) {
    if (isPresent(lambda.Handler) || isPresent(lambda.Runtime) || isPresent(lambda.Layers)) {
      refuse('Runtime, Handler, Layers cannot be present when PackageType is of type `Image`');
    }
  } else {
    if (isEmpty(lambda.Runtime) || isEmpty(lambda.Handler)) {
      refuse('Runtime and Handler needs to be present when PackageType is of type `Zip`');
    }
    if (isPresent(code.ImageUri) || isPresent(lambda.ImageConfig)) {
      refuse('ImageUri or ImageConfig cannot be present when PackageType is of type `Zip`');
    }
  }
}
