/** Puts the policies of tables and streams into the questions that IAM is asked about them. */
import type { AuthorizationRequest } from '../../../platform/index.ts';
import type { Policies, PolicyTarget } from '../store/policies.ts';

type Requests = AuthorizationRequest | readonly AuthorizationRequest[];
type Answer = Requests | Promise<Requests>;

/** The questions as they are when no table has a policy: the usual case costs no more than to see that. */
export function withPolicies(policies: Policies, asked: Answer): Answer {
  if (policies.isEmpty) return asked;
  return Promise.resolve(asked).then(async (requests) => {
    const list: readonly AuthorizationRequest[] = Array.isArray(requests) ? requests : [requests];
    return (await Promise.all(list.map((request) => withPolicy(policies, request)))).flat();
  });
}

async function withPolicy(
  policies: Policies,
  request: AuthorizationRequest,
): Promise<AuthorizationRequest[]> {
  // A rule that has looked up a policy itself knows better.
  if (request.resourcePolicy !== undefined) return [request];
  const found = await Promise.all(
    request.resources.map(async (resource) => {
      const target = policyTargetOf(resource);
      return target && (await policies.find(target));
    }),
  );
  if (found.every((policy) => policy === undefined)) return [request];
  return request.resources.map((resource, at) => {
    const policy = found[at];
    return { ...request, resources: [resource], ...(policy ? { resourcePolicy: policy.document } : {}) };
  });
}

const pattern =
  /^arn:[a-z-]+:dynamodb:([a-z0-9-]+):([0-9]{12}):table\/([a-zA-Z0-9_.-]+)(?:\/(index|stream)\/([a-zA-Z0-9_.:-]+))?$/;

/** Whose policy bears on a resource: an index has its table's. */
function policyTargetOf(arn: string): PolicyTarget | undefined {
  const match = pattern.exec(arn);
  if (!match) return undefined;
  const [, region, account, tableName, part, label] = match as unknown as [
    string,
    string,
    string,
    string,
    string?,
    string?,
  ];
  return { account, region, tableName, label: part === 'stream' ? (label as string) : '' };
}
