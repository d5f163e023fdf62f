/** From a model to the operations that the edge and the in-process client use; each is compiled when first needed. */
import { AwsError } from '../kernel/index.ts';
import { awsJson } from './awsJson.ts';
import { awsQuery, ec2Query } from './awsQuery.ts';
import type { Codec, Protocol } from './codec.ts';
import { type Dialect, dialectOf, showing } from './dialects.ts';
import type { OperationModel, ProtocolName, ServiceModel } from './model.ts';
import type { CompiledOperation, ServiceProtocol } from './port.ts';
import { restJson1, restXml } from './rest.ts';
import { rpcv2Cbor } from './rpcv2Cbor.ts';
import { Validator } from './validate.ts';

const protocols: Record<ProtocolName, (model: ServiceModel) => Protocol> = {
  json: awsJson,
  query: awsQuery,
  ec2: ec2Query,
  'rest-json': restJson1,
  'rest-xml': restXml,
  'smithy-rpc-v2-cbor': rpcv2Cbor,
};

export interface ProtocolOptions {
  /** One of the protocols the service speaks; the model's own by default. */
  protocol?: ProtocolName;
  /** False when the service checks the model's constraints itself, in its own words. */
  constraints?: boolean;
}

export function createServiceProtocol(model: ServiceModel, options: ProtocolOptions = {}): ServiceProtocol {
  const protocol = protocols[options.protocol ?? model.metadata.protocol](model);
  const dialect = dialectOf(model);
  const validator =
    (options.constraints ?? dialect.constraints)
      ? new Validator(
          dialect.refine?.(model.shapes) ?? showing(model.shapes, dialect.shown),
          dialect.ownConstraints,
          dialect.refine !== undefined,
        )
      : undefined;
  const compiled = new Map<string, CompiledOperation>();

  function operation(name: string): CompiledOperation | undefined {
    const known = compiled.get(name);
    if (known) return known;
    const described = Object.hasOwn(model.operations, name) ? model.operations[name] : undefined;
    if (!described) return undefined;
    const made = compileOperation(described, protocol, dialect, validator);
    compiled.set(name, made);
    return made;
  }

  return {
    operationInBody: protocol.operationInBody,
    operation,
    resolve(head, body) {
      const name = protocol.resolve(head, body);
      return name === undefined ? undefined : operation(name);
    },
    serializeError: (error, requestId) => protocol.writeError(error, requestId),
  };
}

function compileOperation(
  model: OperationModel,
  protocol: Protocol,
  dialect: Dialect,
  validator: Validator | undefined,
): CompiledOperation {
  // Compiling waits for the first use: `resolve` alone must not cost anything.
  let codec: Codec | undefined;
  const codecOf = () => {
    codec ??= protocol.codec(model);
    return codec;
  };
  let violation: ((input: unknown) => string | undefined) | undefined;
  let validated = false;
  const validate = (input: unknown) => {
    if (!validated) {
      violation = validator && model.input ? validator.compile(model.input) : undefined;
      validated = true;
    }
    const message = violation?.(input);
    if (message !== undefined)
      throw dialect.reword?.(message) ?? new AwsError(dialect.validationCode, message);
  };
  return {
    name: model.name,
    model,
    get streamsInput() {
      return codecOf().streamsInput;
    },
    parse(request, body) {
      let input: unknown;
      try {
        input = codecOf().read(request, body);
      } catch (cause) {
        throw readable(cause, dialect);
      }
      validate(input);
      return input;
    },
    validate,
    serialize: (output, requestId) => codecOf().write(output, requestId),
    serializeError: (error, requestId) => protocol.writeError(error, requestId, model),
    serializeJson: (output, requestId) => {
      const codec = codecOf();
      return codec.writeJson ? codec.writeJson(output, requestId) : codec.write(output, requestId);
    },
    serializeJsonError: (error, requestId) =>
      protocol.writeJsonError
        ? protocol.writeJsonError(error, requestId)
        : protocol.writeError(error, requestId, model),
  };
}

/** What a reader throws becomes an error of the service: its own code for a body that can't be read, and no overflown stack. */
function readable(cause: unknown, dialect: Dialect): unknown {
  if (cause instanceof RangeError) {
    return new AwsError(
      dialect.serializationCode,
      'The request is nested too deeply or is too large to be read',
    );
  }
  if (cause instanceof AwsError && cause.code === 'SerializationException') {
    if (dialect.serializationCode === cause.code) return cause;
    return new AwsError(dialect.serializationCode, serializationMessage(dialect, cause.message), { cause });
  }
  return cause;
}

function serializationMessage(dialect: Dialect, message: string): string {
  if (dialect.s3) {
    return 'The XML you provided was not well-formed or did not validate against our published schema';
  }
  return dialect.serializationCode === 'InvalidRequestContentException'
    ? `Could not parse request body into json: ${message}`
    : message;
}
