/** CORS of function URLs, answered for the function: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors */

export interface CorsSettings {
  AllowCredentials?: boolean;
  AllowHeaders?: string[];
  AllowMethods?: string[];
  AllowOrigins?: string[];
  ExposeHeaders?: string[];
  MaxAge?: number;
}

/** Headers for an answer to `origin`; empty when it may not read it. */
export function corsHeaders(
  cors: CorsSettings,
  origin: string | undefined,
  preflight: boolean,
): Record<string, string> {
  if (origin === undefined) return {};
  const origins = cors.AllowOrigins ?? [];
  const any = origins.includes('*');
  if (!any && !origins.some((allowed) => matches(allowed, origin))) return {};
  const headers: Record<string, string> = {
    'access-control-allow-origin': any && !cors.AllowCredentials ? '*' : origin,
    vary: 'Origin',
  };
  if (cors.AllowCredentials) headers['access-control-allow-credentials'] = 'true';
  const expose = cors.ExposeHeaders?.join(',');
  if (expose) headers['access-control-expose-headers'] = expose;
  if (!preflight) return headers;
  const methods = cors.AllowMethods?.join(',');
  if (methods) headers['access-control-allow-methods'] = methods;
  const allowed = cors.AllowHeaders?.join(',');
  if (allowed) headers['access-control-allow-headers'] = allowed;
  if (cors.MaxAge !== undefined) headers['access-control-max-age'] = String(cors.MaxAge);
  return headers;
}

/** `https://*.example.com` stands for its subdomains. */
function matches(allowed: string, origin: string): boolean {
  if (!allowed.includes('*')) return allowed === origin;
  const [before = '', after = ''] = allowed.split('*');
  return origin.length >= before.length + after.length && origin.startsWith(before) && origin.endsWith(after);
}
