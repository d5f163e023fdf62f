/** How the Cognito of a cloud behaves where AWS's own differs from what clients on a developer's machine can reach. */

/** What a cloud can be started with. */
export interface CognitoOptions {
  /**
   * Issuer of the tokens of user pools: `aws` (`https://cognito-idp.{region}.amazonaws.com/{pool}`, as on AWS), `local`
   * (`{endpoint}/{pool}`), or the address under which clients reach this cloud (`http://brume:4566`). OpenID clients that
   * insist on discovery under the issuer's own address need one of the latter two.
   */
  issuer?: string;
}

export interface CognitoConfig {
  /** What stands before a pool's id in its issuer, no slash at the end; absent: AWS's address. */
  readonly issuerBase?: string;
}

/** @returns what is wrong with the options. */
export function cognitoProblem({ issuer = 'aws' }: CognitoOptions): string | undefined {
  if (issuer === 'aws' || issuer === 'local' || /^https?:\/\/[^/?#]+\/*$/.test(issuer)) return undefined;
  return `The issuer of Cognito is aws, local or an address like http://brume:4566, not ${issuer}.`;
}

export function cognitoConfig({ issuer = 'aws' }: CognitoOptions = {}, endpoint: string): CognitoConfig {
  if (issuer === 'aws') return {};
  return { issuerBase: issuer === 'local' ? endpoint : issuer.replace(/\/+$/, '') };
}

/** The issuer of a user pool's tokens, as this cloud names it. */
export function userPoolIssuer(
  { issuerBase: base }: CognitoConfig,
  { region, id }: { region: string; id: string },
): string {
  return base === undefined ? `https://cognito-idp.${region}.amazonaws.com/${id}` : `${base}/${id}`;
}
