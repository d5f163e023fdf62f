/** Categories of operations and their rates. https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#category_operations */

/** Requests a second of the categories that are adjustable: "Only adjustable quota categories support provisioning." */
export const adjustableRates: Readonly<Record<string, number>> = {
  UserAuthentication: 120,
  UserCreation: 50,
  UserFederation: 25,
  UserRead: 120,
  UserToken: 120,
  UserResourceRead: 50,
};

/** "If your user pool uses managed login, you can't use the provisioning API to adjust" these. */
export const byManagedLogin: ReadonlySet<string> = new Set(['UserAuthentication', 'UserFederation']);

/** The account-level maximum by the default; ours: on AWS Service Quotas says what the account was granted. */
export const accountMaxFactor = 10;
