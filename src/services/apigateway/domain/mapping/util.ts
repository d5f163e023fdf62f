/** `$util` of mapping templates: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#util-template-reference */

export const util = {
  /** Escapes as Apache Commons' StringEscapeUtils.escapeJavaScript does: quotes of both kinds, too. */
  escapeJavaScript: (value: unknown) =>
    // Everything but printable ASCII, and of that the quotes and slashes.
    String(value ?? '').replaceAll(/[^ -~]|["'\\/]/g, escapeCharacter),
  parseJson: (text: string): unknown => JSON.parse(text),
  /** application/x-www-form-urlencoded, as java.net.URLEncoder writes it. */
  urlEncode: (value: unknown) =>
    encodeURIComponent(String(value ?? ''))
      .replaceAll('%20', '+')
      .replaceAll(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
  urlDecode: (value: unknown) => {
    try {
      return decodeURIComponent(String(value ?? '').replaceAll('+', ' '));
    } catch {
      return String(value);
    }
  },
  base64Encode: (value: unknown) => Buffer.from(String(value ?? '')).toString('base64'),
  base64Decode: (value: unknown) => Buffer.from(String(value ?? ''), 'base64').toString(),
};

const named: Record<string, string> = {
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\n': '\\n',
  '\t': '\\t',
  '\f': '\\f',
  '\r': '\\r',
};

function escapeCharacter(character: string): string {
  return named[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
