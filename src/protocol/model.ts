/**
 * An API description: what `models/*.json` holds and what every codec is compiled from. The structure is
 * that of botocore's service descriptions (which the public protocol vectors carry too), without prose.
 */

export type ProtocolName = 'json' | 'query' | 'ec2' | 'rest-json' | 'rest-xml' | 'smithy-rpc-v2-cbor';

export interface ServiceModel {
  metadata: {
    /** The SDK's name of the service, e.g. `DynamoDB`. */
    serviceId: string;
    apiVersion: string;
    protocol: ProtocolName;
    /** All protocols the service speaks, `protocol` among them. */
    protocols?: ProtocolName[];
    /** `1.0` or `1.1`, for `json`. */
    jsonVersion?: string;
    /** What stands before the dot in `X-Amz-Target`, for `json`. */
    targetPrefix?: string;
    signingName?: string;
    endpointPrefix?: string;
    /** Set to `{}` when errors carry `x-amzn-query-error` (a json service that used to speak query). */
    awsQueryCompatible?: Record<string, never>;
    xmlNamespace?: string | { uri: string; prefix?: string };
  };
  operations: Record<string, OperationModel>;
  shapes: Record<string, Shape>;
}

export interface OperationModel {
  name: string;
  http: { method: string; requestUri: string; responseCode?: number };
  input?: ShapeRef;
  output?: ShapeRef & { resultWrapper?: string };
  errors?: ShapeRef[];
  endpoint?: { hostPrefix: string };
  httpChecksumRequired?: boolean;
  documentationUrl?: never;
}

/** A use of a shape, with what the place of use adds. */
export interface ShapeRef {
  shape: string;
  location?: 'header' | 'headers' | 'uri' | 'querystring' | 'statusCode';
  locationName?: string;
  queryName?: string;
  streaming?: boolean;
  flattened?: boolean;
  xmlAttribute?: boolean;
  xmlNamespace?: string | { uri: string; prefix?: string };
  timestampFormat?: TimestampFormat;
  jsonvalue?: boolean;
  idempotencyToken?: boolean;
  hostLabel?: boolean;
  eventpayload?: boolean;
  eventheader?: boolean;
  box?: boolean;
  /** Never logged. */
  sensitive?: boolean;
}

export type TimestampFormat = 'iso8601' | 'unixTimestamp' | 'rfc822';

export type Shape = StructureShape | ListShape | MapShape | StringShape | NumberShape | OtherShape;

interface ShapeTraits {
  locationName?: string;
  xmlNamespace?: string | { uri: string; prefix?: string };
  sensitive?: boolean;
  box?: boolean;
}

export interface StructureShape extends ShapeTraits {
  type: 'structure';
  members: Record<string, ShapeRef>;
  required?: string[];
  /** The member that is the whole HTTP body. */
  payload?: string;
  union?: boolean;
  document?: boolean;
  exception?: boolean;
  fault?: boolean;
  error?: { code?: string; httpStatusCode?: number; senderFault?: boolean };
  eventstream?: boolean;
  event?: boolean;
}

export interface ListShape extends ShapeTraits {
  type: 'list';
  member: ShapeRef;
  min?: number;
  max?: number;
  flattened?: boolean;
}

export interface MapShape extends ShapeTraits {
  type: 'map';
  key: ShapeRef;
  value: ShapeRef;
  min?: number;
  max?: number;
  flattened?: boolean;
}

export interface StringShape extends ShapeTraits {
  type: 'string' | 'character';
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  jsonvalue?: boolean;
  /** Not of the models: an ARN may stand for the name that min, max and pattern describe. */
  orArn?: boolean;
}

export interface NumberShape extends ShapeTraits {
  type: 'integer' | 'long' | 'float' | 'double' | 'short' | 'byte' | 'bigInteger' | 'bigDecimal';
  min?: number;
  max?: number;
}

export interface OtherShape extends ShapeTraits {
  type: 'boolean' | 'blob' | 'timestamp';
  timestampFormat?: TimestampFormat;
  streaming?: boolean;
  requiresLength?: boolean;
  min?: number;
  max?: number;
}
