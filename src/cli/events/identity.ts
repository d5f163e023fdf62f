/** Triggers of Cognito: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html */
import { type Common, type Sample, sample } from './sample.ts';

const flags = {
  user: 'ada',
  'user-pool': 'us-east-1_EXAMPLE',
  client: '1example23456789',
};

/** Of users that are known: one that is to be migrated isn't. */
const withEmail = { ...flags, email: 'ada@example.com' };

type Values = Readonly<Record<keyof typeof withEmail, string>>;

function trigger(
  about: string,
  triggerSource: string,
  parts: (values: Values, attributes: Record<string, string>) => { request: object; response: object },
  known = true,
): Sample {
  return sample(
    about,
    known ? withEmail : flags,
    ({ email = '', ...given }: Partial<Values>, common: Common) => {
      const values = { ...withEmail, ...given, email };
      const attributes = {
        sub: common.uuid(),
        email_verified: 'true',
        'cognito:user_status': 'CONFIRMED',
        email: values.email,
      };
      return {
        version: '1',
        region: common.region,
        userPoolId: values['user-pool'],
        userName: values.user,
        callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: values.client },
        triggerSource,
        ...parts(values, attributes),
      };
    },
  );
}

const challenges = [{ challengeName: 'SRP_A', challengeResult: true, challengeMetadata: null }];

const sync = sample(
  'a data set of an identity was synchronized',
  { dataset: 'datasetName', key: 'SampleKey1', value: 'newValue1' },
  ({ dataset, key, value }, common) => ({
    version: 2,
    eventType: 'SyncTrigger',
    region: common.region,
    identityPoolId: `${common.region}:${common.uuid()}`,
    identityId: `${common.region}:${common.uuid()}`,
    datasetName: dataset,
    datasetRecords: { [key]: { oldValue: 'oldValue1', newValue: value, op: 'replace' } },
  }),
);

export const identity = {
  cognito: {
    'sync-trigger': sync,
    'pre-sign-up': trigger('a user signs up', 'PreSignUp_SignUp', ({ email }) => ({
      request: { userAttributes: { email }, validationData: null, clientMetadata: {} },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    })),
    'post-confirmation': trigger(
      'a user has confirmed',
      'PostConfirmation_ConfirmSignUp',
      (_values, userAttributes) => ({ request: { userAttributes }, response: {} }),
    ),
    'pre-authentication': trigger(
      'a user signs in',
      'PreAuthentication_Authentication',
      (_values, userAttributes) => ({
        request: { userAttributes, validationData: null, userNotFound: false },
        response: {},
      }),
    ),
    'post-authentication': trigger(
      'a user has signed in',
      'PostAuthentication_Authentication',
      (_values, userAttributes) => ({
        request: { userAttributes, newDeviceUsed: false },
        response: {},
      }),
    ),
    'pre-token-generation': trigger(
      'tokens are about to be made (version 1)',
      'TokenGeneration_Authentication',
      (_values, userAttributes) => ({
        request: {
          userAttributes,
          groupConfiguration: { groupsToOverride: ['admins'], iamRolesToOverride: [], preferredRole: null },
        },
        response: { claimsOverrideDetails: null },
      }),
    ),
    'custom-message': trigger(
      'a message is about to be sent',
      'CustomMessage_SignUp',
      (values, attributes) => ({
        request: {
          userAttributes: attributes,
          codeParameter: '{####}',
          usernameParameter: values.user,
          linkParameter: '{##Click Here##}',
        },
        response: { smsMessage: null, emailMessage: null, emailSubject: null },
      }),
    ),
    'define-auth-challenge': trigger(
      'which challenge is next',
      'DefineAuthChallenge_Authentication',
      (_values, userAttributes) => ({
        request: { userAttributes, session: challenges, userNotFound: false },
        response: { challengeName: null, issueTokens: null, failAuthentication: null },
      }),
    ),
    'create-auth-challenge': trigger(
      'a challenge is to be made',
      'CreateAuthChallenge_Authentication',
      (_values, userAttributes) => ({
        request: {
          userAttributes,
          challengeName: 'CUSTOM_CHALLENGE',
          session: challenges,
          userNotFound: false,
        },
        response: {
          publicChallengeParameters: null,
          privateChallengeParameters: null,
          challengeMetadata: null,
        },
      }),
    ),
    'verify-auth-challenge': trigger(
      'an answer to a challenge',
      'VerifyAuthChallengeResponse_Authentication',
      (_values, userAttributes) => ({
        request: {
          userAttributes,
          privateChallengeParameters: { answer: '5' },
          challengeAnswer: '5',
          userNotFound: false,
        },
        response: { answerCorrect: null },
      }),
    ),
    'user-migration': trigger(
      'an unknown user signs in',
      'UserMigration_Authentication',
      () => ({
        request: { password: 'example-password', validationData: null, clientMetadata: {} },
        response: {
          userAttributes: null,
          finalUserStatus: null,
          messageAction: null,
          desiredDeliveryMediums: null,
          forceAliasCreation: null,
          enableSMSMFA: null,
        },
      }),
      false,
    ),
  },
} satisfies Record<string, Record<string, Sample>>;
