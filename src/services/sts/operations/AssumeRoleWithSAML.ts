/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html */
import type { AssumeRoleWithSAMLRequest, AssumeRoleWithSAMLResponse } from '@aws-sdk/client-sts';
import { parseArn } from '../../../kernel/index.ts';
import type { AuthorizationRule, OperationContext } from '../../../platform/index.ts';
import {
  namesRole,
  sessionNameOf,
  sessionSecondsOf,
  sourceIdentityOfAttributes,
  tagsOfAttributes,
} from '../domain/samlIdentity.ts';
import { type SessionTags, sessionTagsOf } from '../domain/sessionTags.ts';
import { AccessDenied, InvalidIdentityToken, ValidationError } from '../errors.ts';
import {
  isRoleArn,
  notAuthorized,
  openRoleSession,
  type Role,
  readRole,
  roleSeconds,
  trustQuestions,
} from '../roles.ts';
import type { StsRoom } from '../room.ts';
import { type SamlIdentity, verifySaml } from '../samlIdentity.ts';
import { packedSize, sessionPoliciesOf } from '../sessionPolicies.ts';

interface Asked {
  readonly identity: SamlIdentity;
  readonly account: string;
  readonly role: Role | undefined;
  readonly sessionName: string;
  readonly seconds: number | undefined;
  readonly tags: SessionTags;
  readonly sourceIdentity: string | undefined;
}

const action = 'sts:AssumeRoleWithSAML';

/** The assertion says who asks; the trust policy answers. */
export const authorizeSaml: AuthorizationRule<StsRoom> = async (ctx, input: AssumeRoleWithSAMLRequest) => {
  const asked = await askedOf(ctx, input);
  return trustQuestions(action, input.RoleArn ?? '', asked.role, asked).map((one) => ({
    ...one,
    principal: asked.identity.principal,
    refusal: notAuthorized(one.action),
  }));
};

export async function AssumeRoleWithSAML(
  ctx: OperationContext<StsRoom>,
  input: AssumeRoleWithSAMLRequest,
): Promise<AssumeRoleWithSAMLResponse> {
  const { identity, account, role, sessionName, tags, sourceIdentity, ...asked } = await askedOf(ctx, input);
  if (!role && ctx.room.modes.of(account) === 'enforce') throw new AccessDenied(notAuthorized(action));
  const { assertion, principal, subjectType, nameQualifier } = identity;
  const sessionPolicies = await sessionPoliciesOf(ctx, account, input);
  const packed = packedSize(input, tags);
  const opened = await openRoleSession(ctx, {
    roleArn: input.RoleArn ?? '',
    role,
    sessionName,
    seconds: lasting(roleSeconds(asked.seconds, role), assertion.sessionNotOnOrAfter, ctx.now),
    sessionPolicies,
    token: input,
    tags,
    facts: {
      issuedAt: ctx.now,
      federatedProvider: principal.arn,
      keys: principal.keys,
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    },
  });
  return {
    ...opened,
    Subject: assertion.nameId,
    SubjectType: subjectType,
    Issuer: assertion.issuer,
    Audience: assertion.recipient,
    NameQualifier: nameQualifier,
    ...(packed === 0 ? {} : { PackedPolicySize: packed }),
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
}

/** “… or until the time specified in the SAML authentication response's SessionNotOnOrAfter value, whichever is shorter.” */
function lasting(seconds: number, until: number | undefined, now: number): number {
  if (until === undefined || Number.isNaN(until)) return seconds;
  return Math.max(0, Math.min(seconds, Math.floor((until - now) / 1_000)));
}

/** The rule and the operation ask for the same assertion: it is verified once. */
const asked = new WeakMap<OperationContext<StsRoom>, Promise<Asked>>();

function askedOf(ctx: OperationContext<StsRoom>, input: AssumeRoleWithSAMLRequest): Promise<Asked> {
  const known = asked.get(ctx) ?? read(ctx, input);
  asked.set(ctx, known);
  return known;
}

async function read(ctx: OperationContext<StsRoom>, input: AssumeRoleWithSAMLRequest): Promise<Asked> {
  const { RoleArn: roleArn = '', PrincipalArn: providerArn = '', SAMLAssertion: base64 = '' } = input;
  const provider = parseArn(providerArn);
  if (!isRoleArn(roleArn)) throw new ValidationError('Request ARN is invalid');
  if (provider?.service !== 'iam' || !provider.resource.startsWith('saml-provider/')) {
    throw new ValidationError('Request ARN is invalid');
  }
  const identity = await verifySaml(ctx, base64, providerArn);
  const { attributes } = identity.assertion;
  const account = parseArn(roleArn)?.account ?? '';
  // The identity provider says which roles somebody may have, and speaks for its own account only.
  if (!namesRole(attributes, roleArn, providerArn)) {
    throw new InvalidIdentityToken(
      "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
    );
  }
  if (provider.account !== account) throw new AccessDenied(notAuthorized(action));
  return {
    identity,
    account,
    role: await readRole(ctx, roleArn),
    sessionName: sessionNameOf(attributes),
    seconds: input.DurationSeconds ?? sessionSecondsOf(attributes),
    tags: sessionTagsOf(tagsOfAttributes(attributes)),
    sourceIdentity: sourceIdentityOfAttributes(attributes),
  };
}
