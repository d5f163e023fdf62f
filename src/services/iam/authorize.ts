/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
import type { AuthorizationRule } from '../../platform/index.ts';
import type { IamRoom } from './room.ts';

interface Names {
  RoleName?: string;
  UserName?: string;
  GroupName?: string;
  PolicyArn?: string;
  PolicyName?: string;
  InstanceProfileName?: string;
  Path?: string;
  PermissionsBoundary?: string;
}

/** Which operations are about which kind of resource; what names none asks for `*`. */
const kinds: readonly [pattern: RegExp, resource: (input: Names) => string | undefined][] = [
  [
    /InstanceProfile/,
    ({ InstanceProfileName, Path }) => named('instance-profile', InstanceProfileName, Path),
  ],
  [/Role/, ({ RoleName, Path }) => named('role', RoleName, Path)],
  [/Group/, ({ GroupName, Path }) => named('group', GroupName, Path)],
  [/User|AccessKey/, ({ UserName, Path }) => named('user', UserName, Path)],
  [/Policy/, ({ PolicyArn, PolicyName, Path }) => PolicyArn ?? named('policy', PolicyName, Path)],
];

export function authorizeAll(
  operations: readonly string[],
): Readonly<Record<string, AuthorizationRule<IamRoom>>> {
  return Object.fromEntries(
    operations.map((operation) => {
      const kind = kinds.find(([pattern]) => pattern.test(operation));
      const rule: AuthorizationRule<IamRoom> = ({ account }, input: Names) => {
        const resource = kind?.[1](input);
        const arn = resource?.startsWith('arn:')
          ? resource
          : resource && `arn:aws:iam::${account}:${resource}`;
        const context: Record<string, string> = {};
        if (input.PolicyArn !== undefined) context['iam:PolicyARN'] = input.PolicyArn;
        if (input.PermissionsBoundary !== undefined)
          context['iam:PermissionsBoundary'] = input.PermissionsBoundary;
        return { resources: [arn ?? '*'], context };
      };
      return [operation, rule];
    }),
  );
}

function named(kind: string, name: string | undefined, path: string | undefined): string | undefined {
  return name === undefined ? undefined : `${kind}${path ?? '/'}${name}`;
}
