/** The one line a service has in `src/services/index.ts`: how requests find it before any of its code is loaded. */
import type { AnyService } from './service.ts';

export interface DataPlane {
  /** Name in the service's `endpoints`. */
  endpoint: string;
  /**
   * @param host lower case, without port. @param path raw.
   * @returns the captured parameters when the address belongs to this data plane.
   */
  match(host: string, path: string): Record<string, string> | undefined;
}

export interface ServiceEntry {
  /** Folder name; also the name for `ctx.aws.call`. */
  name: string;
  /** `models/{model}.json`. */
  model: string;
  /** SigV4 service name in the credential scope. */
  signingName: string;
  /** What stands before the dot in `X-Amz-Target`. */
  targetPrefix?: string;
  /** First labels of its AWS host names: `dynamodb` in `dynamodb.eu-west-1.amazonaws.com`. */
  hostPrefixes: readonly string[];
  /** `AWS::DynamoDB::`; which CloudFormation resource types it owns. */
  resourcePrefixes?: readonly string[];
  dataPlanes?: readonly DataPlane[];
  /** Whether an OpenID issuer is one of this service's: its `issuerKeys` knows more. */
  isIssuer?(issuer: string): boolean;
  /** The path of an operation in the path that was sent, for services whose endpoints have paths of their own. */
  operationPath?(path: string): string;
  load(): Promise<AnyService>;
}
