/** How callers name functions: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, “Name formats”. */
import { formatArn } from '../../../kernel/index.ts';
import { InvalidParameterValueException, ResourceNotFoundException } from '../errors.ts';

export interface FunctionName {
  account: string;
  region: string;
  name: string;
  /** `$LATEST`, a number or an alias; absent when the caller named none. */
  qualifier: string | undefined;
}

const pattern =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9_.-]+)(?::(\$LATEST|[a-zA-Z0-9_-]+))?$/;

/**
 * @param text a name, a partial ARN or an ARN, with or without a qualifier.
 * @param qualifier given separately; must not contradict the one in `text`.
 */
export function parseFunctionName(
  text: string,
  qualifier: string | undefined,
  here: { account: string; region: string },
): FunctionName {
  const parts = pattern.exec(text);
  if (!parts) {
    throw new InvalidParameterValueException(`${text} is not a valid function name or ARN.`);
  }
  const [, region = here.region, account = here.account, name = '', named] = parts;
  if (region !== here.region) {
    throw new ResourceNotFoundException(
      `Functions from '${region}' are not reachable in this region ('${here.region}')`,
    );
  }
  if (named !== undefined && qualifier !== undefined && named !== qualifier) {
    throw new InvalidParameterValueException(
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  return { account, region, name, qualifier: qualifier ?? named };
}

export function functionArn(
  place: { account: string; region: string; name: string },
  qualifier?: string,
): string {
  const resource = `function:${place.name}${qualifier === undefined ? '' : `:${qualifier}`}`;
  return formatArn({ service: 'lambda', region: place.region, account: place.account, resource });
}

export function functionNotFound(name: FunctionName): Error {
  return new ResourceNotFoundException(`Function not found: ${functionArn(name, name.qualifier)}`);
}

export interface LayerName {
  account: string;
  region: string;
  name: string;
  version: number | undefined;
}

const layerPattern = /^arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]+)(?::(\d+))?$/;

/** @param text a layer's name, ARN or version ARN. */
export function parseLayerName(text: string, here: { account: string; region: string }): LayerName {
  const parts = layerPattern.exec(text);
  if (!parts) return { ...here, name: text, version: undefined };
  const [, region = '', account = '', name = '', version] = parts;
  return { region, account, name, version: version === undefined ? undefined : Number(version) };
}

export function layerArn(place: { account: string; region: string; name: string }, version?: number): string {
  const resource = `layer:${place.name}${version === undefined ? '' : `:${version}`}`;
  return formatArn({ service: 'lambda', region: place.region, account: place.account, resource });
}
