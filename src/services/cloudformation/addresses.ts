/** Addresses outside the AWS API that lead here. Imported before the service is loaded: keep it small. */

/** `/_aws/cloudformation-response/{requestId}/{secret}` on any host: answers of custom resources. */
export function matchCustomResourceResponse(_host: string, path: string): Record<string, string> | undefined {
  const match = /^\/_aws\/cloudformation-response\/([0-9a-f]{32})\/([a-z0-9]{40})$/.exec(path);
  return match ? { requestId: match[1] ?? '', secret: match[2] ?? '' } : undefined;
}
