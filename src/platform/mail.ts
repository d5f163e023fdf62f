/** The server that takes the cloud's mail. Without one nothing leaves the machine. */
export interface MailConfig {
  /** `smtp://user:password@host:port`, or `smtps://`. Never logged, never shown. */
  readonly url: string;
  /** Sender of all mail, in place of the one that a service would name. */
  readonly from?: string;
}

/** @returns what is wrong, without any of the URL's parts: it may hold a password. */
export function mailProblem({ url, from }: MailConfig): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed || !['smtp:', 'smtps:'].includes(parsed.protocol) || parsed.hostname === '') {
    return 'The mail server is written smtp://user:password@host:port, or smtps://…';
  }
  if (from !== undefined && !/^[^\r\n]*@[^\r\n]+$/.test(from)) return 'The sender of mail is an address.';
  return undefined;
}
