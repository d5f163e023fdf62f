/** What is kept of a pool's signing keys. */
export interface SigningKey {
  kid: string;
  /** JWK of the public part. */
  publicJwk: Record<string, string>;
  /** Sealed for `cognitoidp.signingKey/POOL`: PKCS #8, DER. */
  privateKey: Uint8Array;
}

export interface RetiredKey {
  use: 'id' | 'access';
  /** JWK of the public part; the private one is gone. */
  publicJwk: Record<string, string>;
  /** When the last token that it signed has expired. */
  until: number;
}
