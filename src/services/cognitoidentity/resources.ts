/** AWS::Cognito::IdentityPool, AWS::Cognito::IdentityPoolRoleAttachment, AWS::Cognito::IdentityPoolPrincipalTag. */
import { AwsError } from '../../kernel/index.ts';
import type { Properties, PropertyRule, ResourceContext, ResourceType } from '../../platform/index.ts';
import type { RoleMapping } from './domain/roles.ts';

const text: PropertyRule = { type: 'string' };
const flag: PropertyRule = { type: 'boolean' };
const list: PropertyRule = { type: 'array' };
const poolOfType: PropertyRule = { type: 'string', required: true, createOnly: true };

const call = <Output = Record<string, unknown>>(ctx: ResourceContext, operation: string, input: object) =>
  ctx.aws.call<Output>('cognitoidentity', operation, input);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-identitypool.html */
const identityPool: ResourceType = {
  name: 'AWS::Cognito::IdentityPool',
  properties: {
    AllowClassicFlow: flag,
    AllowUnauthenticatedIdentities: { type: 'boolean', required: true },
    CognitoIdentityProviders: {
      type: 'array',
      members: { ClientId: text, ProviderName: text, ServerSideTokenCheck: flag },
    },
    DeveloperProviderName: text,
    IdentityPoolName: text,
    IdentityPoolTags: { type: 'tags' },
    OpenIdConnectProviderARNs: list,
    SamlProviderARNs: list,
    SupportedLoginProviders: { type: 'json' },
  },
  attributes: ['Name', 'Id'],
  async create(ctx, properties) {
    const input = poolInput(ctx, properties, properties.IdentityPoolName ?? ctx.generateName(128));
    return stateOf(await call<PoolAnswer>(ctx, 'CreateIdentityPool', input));
  },
  async update(ctx, { physicalId, attributes }, properties) {
    const input = poolInput(ctx, properties, properties.IdentityPoolName ?? attributes.Name);
    return stateOf(
      await call<PoolAnswer>(ctx, 'UpdateIdentityPool', { ...input, IdentityPoolId: physicalId }),
    );
  },
  async delete(ctx, { physicalId }) {
    await unlessMissing(call(ctx, 'DeleteIdentityPool', { IdentityPoolId: physicalId }));
  },
};

interface PoolAnswer {
  IdentityPoolId: string;
  IdentityPoolName: string;
}

const stateOf = ({ IdentityPoolId, IdentityPoolName }: PoolAnswer) => ({
  physicalId: IdentityPoolId,
  attributes: { Id: IdentityPoolId, Name: IdentityPoolName },
});

function poolInput(ctx: ResourceContext, properties: Properties, name: unknown): object {
  const tags = (properties.IdentityPoolTags ?? []) as { Key: string; Value: string }[];
  return {
    ...properties,
    IdentityPoolName: name,
    IdentityPoolTags: { ...ctx.stackTags, ...Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-identitypoolroleattachment.html */
const roleAttachment: ResourceType = {
  name: 'AWS::Cognito::IdentityPoolRoleAttachment',
  properties: {
    IdentityPoolId: poolOfType,
    RoleMappings: { type: 'json' },
    Roles: { type: 'json' },
  },
  attributes: ['Id'],
  async create(ctx, properties) {
    await setRoles(ctx, properties);
    // A pool has one: its id is the attachment's too.
    const physicalId = String(properties.IdentityPoolId);
    return { physicalId, attributes: { Id: physicalId } };
  },
  async update(ctx, current, properties) {
    await setRoles(ctx, properties);
    return current;
  },
  async delete(ctx, _current, { IdentityPoolId }) {
    await unlessMissing(call(ctx, 'SetIdentityPoolRoles', { IdentityPoolId, Roles: {} }));
  },
};

/** In a template a mapping has any name, and says itself which provider it is for when the name doesn't. */
async function setRoles(ctx: ResourceContext, properties: Properties): Promise<void> {
  const mappings = Object.entries(
    (properties.RoleMappings ?? {}) as Record<string, RoleMapping & { IdentityProvider?: string }>,
  );
  await call(ctx, 'SetIdentityPoolRoles', {
    IdentityPoolId: properties.IdentityPoolId,
    Roles: properties.Roles ?? {},
    ...(mappings.length > 0
      ? {
          RoleMappings: Object.fromEntries(
            mappings.map(([name, { IdentityProvider, ...mapping }]) => [IdentityProvider ?? name, mapping]),
          ),
        }
      : {}),
  });
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-identitypoolprincipaltag.html */
const principalTag: ResourceType = {
  name: 'AWS::Cognito::IdentityPoolPrincipalTag',
  properties: {
    IdentityPoolId: poolOfType,
    IdentityProviderName: poolOfType,
    PrincipalTags: { type: 'json' },
    UseDefaults: flag,
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'SetPrincipalTagAttributeMap', properties);
    const { IdentityPoolId, IdentityProviderName } = properties;
    return { physicalId: `${IdentityPoolId}|${IdentityProviderName}`, attributes: {} };
  },
  async update(ctx, current, properties) {
    await call(ctx, 'SetPrincipalTagAttributeMap', properties);
    return current;
  },
  async delete(ctx, _current, { IdentityPoolId, IdentityProviderName }) {
    const none = { IdentityPoolId, IdentityProviderName, UseDefaults: false, PrincipalTags: {} };
    await unlessMissing(call(ctx, 'SetPrincipalTagAttributeMap', none));
  },
};

export const resources: readonly ResourceType[] = [identityPool, roleAttachment, principalTag];

/** What went with its pool needn't be deleted. */
async function unlessMissing(deleting: Promise<unknown>): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
  }
}
