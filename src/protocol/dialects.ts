/**
 * Where services deviate from their protocol, by the model's serviceId. Each line has been seen in answers of
 * the service itself; whatever isn't here follows the protocol.
 */
import { AwsError } from '../kernel/index.ts';
import { refineDynamoDb } from './dynamoDbConstraints.ts';
import { rewordIam } from './iamWords.ts';
import type { ServiceModel } from './model.ts';

export interface Dialect {
  /** Put before the error's name in `__type`. */
  errorTypePrefix?: string;
  /** Prefixes of single errors. */
  errorTypePrefixes?: Readonly<Record<string, string>>;
  /** The code of constraint violations (`1 validation error detected: …`). */
  validationCode: string;
  /** The code of bodies that can't be read. */
  serializationCode: string;
  /** Words of its own for some violations. @returns undefined to leave the message as it is. */
  reword?(message: string): AwsError | undefined;
  /** Shapes whose constraints the service checks itself, in words of its own. */
  ownConstraints?: readonly string[];
  /** Shapes that the model calls sensitive and whose wrong values the service shows all the same. */
  shown?: readonly string[];
  /** The constraints as the service really has them. */
  refine?(shapes: ServiceModel['shapes']): ServiceModel['shapes'];
  /** False when the service checks its input itself, in its own words. */
  constraints: boolean;
  /** `x-amz-crc32` on every answer. */
  crc32: boolean;
  /** The code of a path, query or header that can't be read. */
  bindingCode: string;
  /** Times in XML without their fraction of a second. */
  wholeSeconds: boolean;
  /** `x-amzn-errortype` and `x-amzn-errormessage` on refusals: what browsers read that can't read the body. */
  errorHeaders: boolean;
  /** S3: a bare `<Error>`, `x-amz-request-id` and `x-amz-id-2`. */
  s3: boolean;
}

const common: Dialect = {
  validationCode: 'ValidationException',
  serializationCode: 'SerializationException',
  bindingCode: 'SerializationException',
  constraints: true,
  crc32: false,
  wholeSeconds: false,
  errorHeaders: false,
  s3: false,
};

const byService: Record<string, Partial<Dialect>> = {
  DynamoDB: dynamodb('com.amazonaws.dynamodb.v20120810#'),
  'DynamoDB Streams': dynamodb('com.amazonaws.dynamodb.v20120810#'),
  SQS: { errorTypePrefix: 'com.amazonaws.sqs#', validationCode: 'InvalidParameterValue' },
  'CloudWatch Logs': { validationCode: 'InvalidParameterException' },
  'Cognito Identity': { errorHeaders: true },
  'Cognito Identity Provider': {
    validationCode: 'InvalidParameterException',
    errorHeaders: true,
    shown: ['ClientIdType'],
  },
  S3: { s3: true, constraints: false, serializationCode: 'MalformedXML', bindingCode: 'InvalidArgument' },
  IAM: { wholeSeconds: true, reword: rewordIam },
  SNS: { validationCode: 'InvalidParameter' },
  STS: { wholeSeconds: true },
  Lambda: { serializationCode: 'InvalidRequestContentException', reword: rewordRuntime },
  'API Gateway': { validationCode: 'BadRequestException' },
  ApiGatewayV2: { validationCode: 'BadRequestException' },
};

export function dialectOf(model: ServiceModel): Dialect {
  const { protocol, serviceId } = model.metadata;
  const queryLike = protocol === 'query' || protocol === 'ec2';
  return {
    ...common,
    ...(queryLike ? { validationCode: 'ValidationError', serializationCode: 'MalformedInput' } : {}),
    ...byService[serviceId],
  };
}

/** The shapes, some of them no longer sensitive: for messages only. */
export function showing(
  shapes: ServiceModel['shapes'],
  names: readonly string[] = [],
): ServiceModel['shapes'] {
  if (names.length === 0) return shapes;
  const open = names.map((name) => [name, { ...shapes[name], sensitive: false }] as const);
  return { ...shapes, ...Object.fromEntries(open) } as ServiceModel['shapes'];
}

/** Lambda answers an unknown runtime otherwise than every other enumeration, its own included. */
function rewordRuntime(message: string): AwsError | undefined {
  const match =
    /^1 validation error detected: Value '(.*)' at 'runtime' (failed to satisfy constraint: Member must satisfy enum value set: \[.*\])$/.exec(
      message,
    );
  return match
    ? new AwsError(
        'InvalidParameterValueException',
        `Value ${match[1]} at 'runtime' ${match[2]} or be a valid ARN`,
      )
    : undefined;
}

function dynamodb(prefix: string): Partial<Dialect> {
  const service = 'com.amazon.coral.service#';
  return {
    errorTypePrefix: prefix,
    errorTypePrefixes: {
      ValidationException: 'com.amazon.coral.validate#',
      SerializationException: service,
      UnknownOperationException: service,
      AccessDeniedException: service,
      MissingAuthenticationTokenException: service,
      UnrecognizedClientException: service,
      InvalidSignatureException: service,
      IncompleteSignatureException: service,
    },
    // “Attribute name is too large …” is worded by the service; not asking here spares a walk over every item.
    // So are tags and table classes.
    ownConstraints: ['AttributeName', 'Tag', 'TagKeyString', 'TableClass'],
    refine: refineDynamoDb,
    crc32: true,
  };
}
