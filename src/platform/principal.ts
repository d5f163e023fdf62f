/** Who asks. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
export type Principal =
  | { type: 'root'; account: string; arn: string }
  | { type: 'user'; account: string; arn: string; userName: string; userId: string }
  | {
      type: 'role';
      account: string;
      /** `arn:aws:sts::account:assumed-role/role/session`. */
      arn: string;
      roleArn: string;
      roleId: string;
      sessionName: string;
      /** Inline session policy documents, which only narrow. */
      sessionPolicies?: readonly string[];
      tags?: Readonly<Record<string, string>>;
    }
  | { type: 'service'; account: string; service: string; arn: string; sourceArn?: string }
  | { type: 'anonymous'; account: string; arn: string };

export function rootOf(account: string): Principal {
  return { type: 'root', account, arn: `arn:aws:iam::${account}:root` };
}

/** A service acting for an account, e.g. `lambda.amazonaws.com`; `sourceArn` fills `aws:SourceArn`. */
export function servicePrincipal(service: string, account: string, sourceArn?: string): Principal {
  return {
    type: 'service',
    service,
    account,
    arn: service,
    ...(sourceArn === undefined ? {} : { sourceArn }),
  };
}
