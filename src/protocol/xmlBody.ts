/** The bodies of restXml, with S3's deviations: errors without a wrapper and one output without its root. */
import { hostId, readXml } from '../kernel/index.ts';
import type { OperationModel, ServiceModel, ShapeRef } from './model.ts';
import type { RestBody } from './rest.ts';
import { shapeOf } from './shapes.ts';
import { element, escapeText, namespaceAttribute, XmlCompiler } from './xml/index.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html: the location stands at the root. */
const unwrapped = new Set(['GetBucketLocation']);

export function xmlBody(model: ServiceModel, s3: boolean): RestBody {
  const compiler = new XmlCompiler(model.shapes);
  const namespace = model.metadata.xmlNamespace;
  const contentType = 'application/xml';

  function reader(ref: ShapeRef): (body: Uint8Array) => Record<string, unknown> {
    const read = compiler.reader(ref);
    return (body) => read(readXml(Buffer.from(body).toString('utf8'))) as Record<string, unknown>;
  }

  /** The namespace at the root: of the use, of the shape, or the service's. */
  function rootAttributes(ref: ShapeRef): string {
    const own = ref.xmlNamespace ?? shapeOf(model.shapes, ref).xmlNamespace;
    return own === undefined ? namespaceAttribute(namespace) : '';
  }

  return {
    contentType,
    writesEmpty: false,
    reader,
    payloadReader: reader,
    writer(ref: ShapeRef, operation: OperationModel) {
      const write = compiler.writer(ref);
      const tag = ref.locationName ?? shapeOf(model.shapes, ref).locationName ?? ref.shape;
      const attributes = rootAttributes(ref);
      if (s3 && unwrapped.has(operation.name)) return unwrappedWriter(model, compiler, ref, attributes);
      return (value) => declaration + write(value, tag, attributes);
    },
    payloadWriter(ref: ShapeRef) {
      const write = compiler.writer(ref);
      const tag = ref.locationName ?? shapeOf(model.shapes, ref).locationName ?? ref.shape;
      const attributes = rootAttributes(ref);
      return (value) => declaration + write(value, tag, attributes);
    },
    error(error, known, members, requestId) {
      const { message, Message, Type: _, ...rest } = members;
      const code = known?.shape.error?.code ?? known?.name ?? error.code;
      const modelled = known ? compiler.content({ shape: known.name })(rest) : '';
      const core =
        element('Code', '', escapeText(code)) +
        element('Message', '', escapeText(String(message ?? Message ?? error.message)));
      if (s3) {
        const ids =
          element('RequestId', '', escapeText(requestId)) + element('HostId', '', hostId(requestId));
        return {
          body:
            declaration +
            element('Error', '', core + modelled + extraMembers(rest, known?.shape.members) + ids),
          headers: {},
        };
      }
      const type = element('Type', '', error.fault === 'server' ? 'Receiver' : 'Sender');
      const wrapped =
        element('Error', '', type + core + modelled) + element('RequestId', '', escapeText(requestId));
      return {
        body: declaration + element('ErrorResponse', namespaceAttribute(namespace), wrapped),
        headers: {},
      };
    },
    headers(requestId): Record<string, string> {
      return s3
        ? { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId(requestId) }
        : { 'x-amzn-requestid': requestId };
    },
  };
}

function unwrappedWriter(
  model: ServiceModel,
  compiler: XmlCompiler,
  ref: ShapeRef,
  attributes: string,
): (value: Record<string, unknown>) => string {
  const shape = shapeOf(model.shapes, ref);
  const [name, member] = (shape.type === 'structure' ? Object.entries(shape.members)[0] : undefined) ?? [];
  if (name === undefined || member === undefined) throw new Error(`${ref.shape} has no member to unwrap`);
  const text = compiler.textWriter(member);
  return (value) => {
    const content = value[name] === undefined || value[name] === null ? '' : text(value[name]);
    return declaration + element(member.locationName ?? name, attributes, content);
  };
}

/** S3 names more in its errors than its model does: `BucketName`, `Key`, `Resource`. */
function extraMembers(members: Record<string, unknown>, modelled: object | undefined): string {
  let content = '';
  for (const [name, value] of Object.entries(members)) {
    if (modelled && name in modelled) continue;
    if (/^[A-Za-z][A-Za-z0-9]*$/.test(name) && (typeof value === 'string' || typeof value === 'number')) {
      content += element(name, '', escapeText(String(value)));
    }
  }
  return content;
}
