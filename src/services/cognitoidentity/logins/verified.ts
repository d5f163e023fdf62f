/** A login whose token was found good. */
export interface VerifiedLogin {
  /** As the pool's caller names it, and as the identity is linked to it. */
  readonly provider: string;
  /** Who it is there. */
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What it adds to the `amr` of an identity's token. */
  readonly amr: readonly string[];
  /** Under which of these names a role mapping or a map of tags may be kept. */
  readonly mappingNames: readonly string[];
  readonly kind: 'userPool' | 'openId' | 'social' | 'saml' | 'developer';
}
