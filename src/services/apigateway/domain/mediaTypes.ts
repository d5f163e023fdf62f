/** Which payloads are binary. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html */

/** `type/subtype` in lower case, parameters cut off. */
export function mediaTypeOf(contentType: string | undefined): string {
  if (!contentType) return '';
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

/** @param binaryMediaTypes as the API lists them: exact types, `image/*`, `*~1*` or a star for both parts. */
export function isBinaryType(
  contentType: string | undefined,
  binaryMediaTypes: readonly string[] | undefined,
): boolean {
  if (!binaryMediaTypes?.length) return false;
  const type = mediaTypeOf(contentType);
  for (const listed of binaryMediaTypes) {
    const pattern = listed.replaceAll('~1', '/').toLowerCase();
    if (pattern === '*/*' || pattern === type) return true;
    if (pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1))) return true;
  }
  return false;
}

/** The first type of an `Accept` header: the only one API Gateway looks at. */
export function firstAccepted(accept: string | undefined): string {
  return mediaTypeOf(accept?.split(',')[0]);
}
