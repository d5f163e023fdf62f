/** Functions that are container images: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html */
import type { FunctionConfiguration, ImageConfig } from '@aws-sdk/client-lambda';
import { InvalidParameterValueException } from '../errors.ts';
import type { Configuration, ImageConfigRecord } from '../records.ts';

interface PackageInput {
  PackageType?: 'Zip' | 'Image' | undefined;
  Runtime?: string | undefined;
  Handler?: string | undefined;
  Layers?: readonly string[] | undefined;
  ImageConfig?: ImageConfig | undefined;
  CodeSigningConfigArn?: string | undefined;
}

/** What each kind of package must have, and may not, when a function is made. @throws InvalidParameterValueException */
export function checkPackage(input: PackageInput): void {
  const isImage = input.PackageType === 'Image';
  checkPackageSettings(input, isImage);
  if (isImage && input.CodeSigningConfigArn !== undefined) throw unsignable();
  if (!isImage && (!input.Runtime || !input.Handler)) {
    throw new InvalidParameterValueException(
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    );
  }
}

/** @throws InvalidParameterValueException for settings that the function's kind of package doesn't have. */
export function checkPackageSettings(input: PackageInput, isImage: boolean): void {
  const { Runtime, Handler, Layers = [], ImageConfig } = input;
  if (isImage && (Runtime !== undefined || Handler !== undefined || Layers.length > 0)) {
    throw new InvalidParameterValueException(
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    );
  }
  if (!isImage && ImageConfig !== undefined && hasContent(ImageConfig)) {
    throw new InvalidParameterValueException(
      "Please don't provide ImageConfig when the intended function PackageType is Zip.",
    );
  }
}

/** What every operation of code signing answers for a function that is an image. */
export function unsignable(): Error {
  return new InvalidParameterValueException(
    'Code signing is not supported for functions created with container images.',
  );
}

/** @returns nothing when the image's own settings hold. */
export function imageConfigOf(input: ImageConfig): ImageConfigRecord | undefined {
  if (!hasContent(input)) return undefined;
  const { EntryPoint, Command, WorkingDirectory } = input;
  return {
    ...(EntryPoint?.length ? { entryPoint: [...EntryPoint] } : {}),
    ...(Command?.length ? { command: [...Command] } : {}),
    ...(WorkingDirectory ? { workingDirectory: WorkingDirectory } : {}),
  };
}

function hasContent({ EntryPoint, Command, WorkingDirectory }: ImageConfig): boolean {
  return Boolean(EntryPoint?.length || Command?.length || WorkingDirectory);
}

/** The members of a configuration that say what kind of package it is. */
export function describePackage(
  configuration: Configuration,
): Pick<FunctionConfiguration, 'PackageType' | 'Runtime' | 'Handler' | 'CodeSha256' | 'ImageConfigResponse'> {
  const { image, imageConfig, code, runtime, handler } = configuration;
  const CodeSha256 = code.sha256;
  if (!image) {
    return {
      PackageType: 'Zip',
      Runtime: runtime as NonNullable<FunctionConfiguration['Runtime']>,
      Handler: handler,
      CodeSha256,
    };
  }
  const { entryPoint, command, workingDirectory } = imageConfig ?? {};
  return {
    PackageType: 'Image',
    // Which image it is isn't known before a container engine has seen it.
    ...(CodeSha256 === '' ? {} : { CodeSha256 }),
    ...(imageConfig
      ? {
          ImageConfigResponse: {
            ImageConfig: {
              ...(entryPoint ? { EntryPoint: entryPoint } : {}),
              ...(command ? { Command: command } : {}),
              ...(workingDirectory ? { WorkingDirectory: workingDirectory } : {}),
            },
          },
        }
      : {}),
  };
}

/** `repository@sha256:…`; undefined while nobody knows the digest. */
export function resolvedUri({ uri, digest }: NonNullable<Configuration['image']>): string | undefined {
  if (digest === undefined) return undefined;
  const [named = ''] = uri.split('@');
  const repository = named.replace(/:[^/:]*$/, '');
  return `${repository}@${digest}`;
}
