/**
 * AWS integrations: which service an integration's URI means, and what of it.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri
 */

export interface ServiceUri {
  /** As the URI names it: `dynamodb`, `sqs`, `states`, `s3`. */
  service: string;
  region: string;
  /** `action/PutItem`: the operation; `path/…` leaves it to the path. */
  operation: string | undefined;
  /** With its slash, percent-encoding as the URI has it. */
  path: string;
  /** Without its question mark. */
  query: string;
}

/**
 * `arn:aws:apigateway:{region}:{subdomain.service|service}:{path|action}/{service_api}`.
 * @returns undefined when the URI is none.
 */
export function readServiceUri(uri: string): ServiceUri | undefined {
  const match =
    /^arn:[^:]+:apigateway:([^:]+):(?:([^:]*)\.)?([^:.]+):(action|path)\/([^?]+)(?:\?(.*))?$/s.exec(uri);
  if (!match) return undefined;
  const [, region = '', subdomain, service = '', kind, rest = '', query = ''] = match;
  if (kind === 'action') {
    // `action/ListTopics&NextToken=a`: parameters of query services may follow.
    const [operation = '', ...parameters] = rest.split('&');
    return { service, region, operation, path: '/', query: [...parameters, query].filter(Boolean).join('&') };
  }
  const path = `/${rest.replace(/^\/+/, '')}`;
  return {
    service,
    region,
    operation: undefined,
    // A bucket may stand before its service, as in its host name.
    path: subdomain && service === 's3' ? `/${subdomain}${path}` : path,
    query,
  };
}

/** The queue that a path names, `/123456789012/queue`, as the parameter that SQS reads it from. */
export function queueUrlOf({ service, region, path }: ServiceUri): string | undefined {
  const queue = /^\/(\d{12})\/([\w.-]+)\/?$/.exec(path);
  if (service !== 'sqs' || !queue) return undefined;
  return `https://sqs.${region}.amazonaws.com/${queue[1]}/${queue[2]}`;
}
