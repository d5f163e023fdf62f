/**
 * awsQuery and ec2Query: forms in, XML out.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html, https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
import type { AwsError, HttpResponse } from '../kernel/index.ts';
import { type Codec, errorMembers, errorShapes, errorStatus, type Protocol } from './codec.ts';
import { dialectOf } from './dialects.ts';
import { FormCompiler, readForm } from './form.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { writeQueryJson, writeQueryJsonError } from './queryJson.ts';
import { element, escapeText, namespaceAttribute, XmlCompiler } from './xml/index.ts';

export function awsQuery(model: ServiceModel): Protocol {
  const namespace = namespaceAttribute(model.metadata.xmlNamespace);
  return query(model, false, {
    success(operation, content, requestId) {
      const wrapper = operation.output?.resultWrapper ?? `${operation.name}Result`;
      const result = operation.output ? element(wrapper, '', content) : '';
      const metadata = element('ResponseMetadata', '', element('RequestId', '', escapeText(requestId)));
      return element(`${operation.name}Response`, namespace, result + metadata);
    },
    failure(type, content, requestId) {
      const error = element('Error', '', element('Type', '', type) + content);
      return element('ErrorResponse', namespace, error + element('RequestId', '', escapeText(requestId)));
    },
  });
}

export function ec2Query(model: ServiceModel): Protocol {
  const namespace = namespaceAttribute(model.metadata.xmlNamespace);
  return query(model, true, {
    success(operation, content, requestId) {
      return element(
        `${operation.name}Response`,
        namespace,
        element('requestId', '', escapeText(requestId)) + content,
      );
    },
    failure(_type, content, requestId) {
      const errors = element('Errors', '', element('Error', '', content));
      return element('Response', '', errors + element('RequestID', '', escapeText(requestId)));
    },
  });
}

interface Envelope {
  success(operation: OperationModel, content: string, requestId: string): string;
  failure(type: 'Sender' | 'Receiver', content: string, requestId: string): string;
}

function query(model: ServiceModel, ec2: boolean, envelope: Envelope): Protocol {
  const forms = new FormCompiler(model.shapes, ec2);
  const xml = new XmlCompiler(model.shapes, dialectOf(model).wholeSeconds);
  const errorShapeOf = errorShapes(model);

  function respond(status: number, requestId: string, body: string): HttpResponse {
    return {
      status,
      headers: { 'content-type': ec2 ? 'text/xml;charset=UTF-8' : 'text/xml', 'x-amzn-requestid': requestId },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
    };
  }

  return {
    operationInBody: true,

    resolve(head, body) {
      const named = actionIn(body === undefined ? '' : latin(body)) ?? actionIn(head.query);
      return named;
    },

    codec(operation: OperationModel): Codec {
      const read = operation.input ? forms.reader(operation.input) : undefined;
      const content = operation.output ? xml.content(operation.output) : undefined;
      return {
        streamsInput: false,
        read(request, body) {
          if (!read) return {};
          const inBody = body !== undefined && body.length > 0;
          return read(readForm(inBody ? Buffer.from(body).toString('utf8') : request.query));
        },
        write(output, requestId) {
          const members = content ? content((output ?? {}) as Record<string, unknown>) : '';
          return respond(200, requestId, envelope.success(operation, members, requestId));
        },
        ...(ec2
          ? {}
          : {
              writeJson: (output: unknown, requestId: string) =>
                writeQueryJson(model.shapes, operation, output, requestId),
            }),
      };
    },

    ...(ec2
      ? {}
      : {
          writeJsonError(error: AwsError, requestId: string): HttpResponse {
            const known = errorShapeOf(error);
            const code = known?.shape.error?.code ?? error.code;
            return writeQueryJsonError(error, code, errorStatus(error, known), requestId);
          },
        }),

    writeError(error: AwsError, requestId): HttpResponse {
      const known = errorShapeOf(error);
      const members = errorMembers(error, known);
      const message = String(members.message ?? members.Message ?? '');
      const { message: _, Message: __, Type: ___, ...rest } = members;
      const code = known?.shape.error?.code ?? error.code;
      const content =
        element('Code', '', escapeText(code)) +
        (message === '' ? '' : element('Message', '', escapeText(message))) +
        (known ? xml.content({ shape: known.name })(rest) : '');
      const type = error.fault === 'server' ? 'Receiver' : 'Sender';
      return respond(errorStatus(error, known), requestId, envelope.failure(type, content, requestId));
    },
  };
}

/** The `Action` parameter, found without reading the form as a whole. */
function actionIn(form: string): string | undefined {
  return /(?:^|&)Action=([A-Za-z0-9]{1,128})(?:&|$)/.exec(form)?.[1];
}

function latin(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
}
