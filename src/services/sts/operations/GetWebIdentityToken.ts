/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html and, for the claims,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_token_claims.html
 */
import type { GetWebIdentityTokenRequest, GetWebIdentityTokenResponse } from '@aws-sdk/client-sts';
import { type JWTPayload, SignJWT } from 'jose';
import { AwsError } from '../../../kernel/index.ts';
import {
  type AuthorizationRule,
  type OperationContext,
  type Principal,
  rootOf,
} from '../../../platform/index.ts';
import { type SessionTags, sessionTagsOf } from '../domain/sessionTags.ts';
import {
  OutboundWebIdentityFederationDisabledException,
  SessionDurationEscalationException,
  ValidationError,
} from '../errors.ts';
import { webIdentitySecondsDefault } from '../limits.ts';
import { tagContext } from '../roles.ts';
import type { StsRoom } from '../room.ts';

export const authorizeWebIdentityToken: AuthorizationRule<StsRoom> = (
  _ctx,
  input: GetWebIdentityTokenRequest,
) => {
  const common = {
    resources: ['*'],
    context: {
      ...tagContext(tagsOf(input)),
      'sts:IdentityTokenAudience': input.Audience ?? [],
      'sts:SigningAlgorithm': input.SigningAlgorithm ?? '',
      'sts:DurationSeconds': String(input.DurationSeconds ?? webIdentitySecondsDefault),
    },
  };
  const actions = ['sts:GetWebIdentityToken', ...(input.Tags?.length ? ['sts:TagGetWebIdentityToken'] : [])];
  return actions.map((action) => ({ ...common, action }));
};

export async function GetWebIdentityToken(
  ctx: OperationContext<StsRoom>,
  input: GetWebIdentityTokenRequest,
): Promise<GetWebIdentityTokenResponse> {
  const { room, now, account, region, principal } = ctx;
  const algorithm = input.SigningAlgorithm;
  if (algorithm !== 'RS256' && algorithm !== 'ES384') {
    throw new ValidationError(`Invalid SigningAlgorithm: ${algorithm}. Valid values are RS256 and ES384.`);
  }
  const { given } = tagsOf(input);
  const issuer = await issuerOf(ctx);
  const iat = Math.floor(now / 1_000);
  const exp = iat + (input.DurationSeconds ?? webIdentitySecondsDefault);
  const ends = 'session' in principal ? principal.session?.expiresAt : undefined;
  if (ends !== undefined && exp * 1_000 > ends) {
    throw new SessionDurationEscalationException(
      'The requested token duration would extend the session beyond its original expiration time.',
    );
  }
  const audience = input.Audience ?? [];
  const principalTags = 'tags' in principal ? principal.tags : undefined;
  const claims: JWTPayload = {
    iss: issuer,
    aud: audience.length === 1 ? audience[0] : audience,
    sub: subjectOf(principal),
    iat,
    exp,
    jti: room.ids.uuid(),
    'https://sts.amazonaws.com/': {
      aws_account: account,
      source_region: region,
      ...(principalTags ? { principal_tags: principalTags } : {}),
      ...(Object.keys(given).length > 0 ? { request_tags: given } : {}),
    },
  } as JWTPayload;
  const { kid, privateKey } = await room.signers.signer(algorithm);
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
    .sign(privateKey);
  return { WebIdentityToken: token, Expiration: new Date(exp * 1_000) };
}

function tagsOf(input: GetWebIdentityTokenRequest): SessionTags {
  return sessionTagsOf({ tags: input.Tags ?? [], transitiveKeys: [] });
}

/** A session of a role stands for its role. */
function subjectOf(principal: Principal): string {
  return principal.type === 'role' ? principal.roleArn : principal.arn;
}

async function issuerOf({ aws, account }: OperationContext<StsRoom>): Promise<string> {
  try {
    const { IssuerIdentifier = '' } = await aws
      .as({ principal: rootOf(account), account })
      .call<{ IssuerIdentifier?: string }>('iam', 'GetOutboundWebIdentityFederationInfo', {});
    return IssuerIdentifier;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'FeatureDisabled') {
      throw new OutboundWebIdentityFederationDisabledException(
        'The outbound web identity federation feature is not enabled for this account. To use this feature, you must first enable it through the Amazon Web Services Management Console or API.',
      );
    }
    throw error;
  }
}
