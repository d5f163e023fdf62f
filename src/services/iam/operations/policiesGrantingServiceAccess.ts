/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html */
import type {
  ListPoliciesGrantingServiceAccessRequest,
  PolicyGrantingServiceAccess,
} from '@aws-sdk/client-iam';
import { namespacesOf } from '../domain/serviceNamespaces.ts';
import { type PolicySource, policyHolder } from '../policySources.ts';
import { type IamContext, pageOf } from '../room.ts';

/** Policies that allow something of each service, a user's groups' among them; limits by others aren't looked at. */
export async function ListPoliciesGrantingServiceAccess(
  ctx: IamContext,
  input: ListPoliciesGrantingServiceAccessRequest,
) {
  const { policies } = await policyHolder(ctx, input.Arn as string);
  const granting = policies.map((policy) => ({ policy, namespaces: namespacesOf(policy.document) }));
  const { page, paging } = pageOf(input.ServiceNamespaces ?? [], input);
  return {
    PoliciesGrantingServiceAccess: page.map((namespace) => ({
      ServiceNamespace: namespace,
      Policies: granting
        .filter(({ namespaces }) => namespaces.has(namespace.toLowerCase()))
        .map(({ policy }) => shown(policy)),
    })),
    ...paging,
  };
}

function shown({ name, arn, holder }: PolicySource): PolicyGrantingServiceAccess {
  if (arn !== undefined) return { PolicyName: name, PolicyType: 'MANAGED', PolicyArn: arn };
  const EntityType = ({ user: 'USER', group: 'GROUP', role: 'ROLE' } as const)[holder.kind];
  return { PolicyName: name, PolicyType: 'INLINE', EntityType, EntityName: holder.name };
}
