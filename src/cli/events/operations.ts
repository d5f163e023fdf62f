/** What deployment, configuration, mail, workflows and conversations send. */
import { arn, jsonOrText, type Sample, sample, seconds } from './sample.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
function customResource(RequestType: 'Create' | 'Update' | 'Delete'): Sample {
  return sample(
    `a custom resource, ${RequestType.toLowerCase()}`,
    {
      'response-url': 'http://pre-signed-S3-url-for-response',
      'resource-type': 'Custom::TestResource',
      'logical-id': 'MyTestResource',
      stack: 'stack-name',
      properties: '{"StackName":"stack-name","List":["1","2","3"]}',
    },
    (values, common) => ({
      RequestType,
      ResponseURL: values['response-url'],
      StackId: arn(common, 'cloudformation', `stack/${values.stack}/${common.uuid()}`),
      RequestId: common.uuid(),
      ResourceType: values['resource-type'],
      LogicalResourceId: values['logical-id'],
      ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'MyPhysicalResource' }),
      ResourceProperties: jsonOrText(values.properties),
      ...(RequestType === 'Update'
        ? { OldResourceProperties: { StackName: values.stack, List: ['1'] } }
        : {}),
    }),
  );
}

/** https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-notify-lambda.html */
const codecommit = sample(
  'a push to a repository',
  { repository: 'my-repository', branch: 'main', commit: '5c4ef1049f1d27deadbeeff313e0730018be182b' },
  ({ repository, branch, commit }, common) => ({
    Records: [
      {
        awsRegion: common.region,
        codecommit: { references: [{ commit, created: false, ref: `refs/heads/${branch}` }] },
        customData: 'this is custom data',
        eventId: common.uuid(),
        eventName: 'ReferenceChanges',
        eventPartNumber: 1,
        eventSource: 'aws:codecommit',
        eventSourceARN: arn(common, 'codecommit', repository),
        eventTime: new Date(common.time).toISOString(),
        eventTotalParts: 1,
        eventTriggerConfigId: common.uuid(),
        eventTriggerName: 'my-trigger',
        eventVersion: '1.0',
        userIdentityARN: `arn:aws:iam::${common.account}:root`,
      },
    ],
  }),
);

/** https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html */
const codepipeline = sample(
  'a job of a pipeline',
  { 'function-name': 'my-function', 'user-parameters': 'some-input', bucket: 'my-pipeline-bucket' },
  (values, common) => ({
    'CodePipeline.job': {
      id: common.uuid(),
      accountId: common.account,
      data: {
        actionConfiguration: {
          configuration: {
            FunctionName: values['function-name'],
            UserParameters: values['user-parameters'],
          },
        },
        inputArtifacts: [
          {
            location: {
              s3Location: { bucketName: values.bucket, objectKey: 'pipeline/source/artifact.zip' },
              type: 'S3',
            },
            revision: null,
            name: 'ArtifactName',
          },
        ],
        outputArtifacts: [],
        artifactCredentials: {
          accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
          secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
          sessionToken: 'example',
        },
        continuationToken: 'A continuation token if continuing job',
      },
    },
  }),
);

/** https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html */
function config(about: string, invoking: (account: string, time: string) => object): Sample {
  return sample(about, { rule: 'example-rule', parameters: '{"key":"value"}' }, (values, common) => ({
    version: '1.0',
    invokingEvent: JSON.stringify(invoking(common.account, seconds(common.time))),
    ruleParameters: values.parameters,
    resultToken: 'myResultToken',
    eventLeftScope: false,
    executionRoleArn: `arn:aws:iam::${common.account}:role/config-role`,
    configRuleArn: arn(common, 'config', 'config-rule/config-rule-0123456'),
    configRuleName: values.rule,
    configRuleId: 'config-rule-0123456',
    accountId: common.account,
  }));
}

const instance = {
  configurationItemVersion: '1.3',
  configurationItemStatus: 'OK',
  resourceType: 'AWS::EC2::Instance',
  resourceId: 'i-00000000',
  awsRegion: 'us-east-1',
  tags: { Foo: 'Bar' },
};

/** https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html */
const ses = sample(
  'a mail was received',
  { from: 'jane@example.com', to: 'johndoe@example.com', subject: 'Test Subject' },
  ({ from, to, subject }, common) => {
    const timestamp = new Date(common.time).toISOString();
    const date = new Date(common.time).toUTCString().replace('GMT', '+0000');
    const passed = { status: 'PASS' };
    return {
      Records: [
        {
          eventSource: 'aws:ses',
          eventVersion: '1.0',
          ses: {
            mail: {
              timestamp,
              source: from,
              messageId: 'o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1',
              destination: [to],
              headersTruncated: false,
              headers: [
                { name: 'From', value: from },
                { name: 'To', value: to },
                { name: 'Subject', value: subject },
              ],
              commonHeaders: {
                returnPath: from,
                from: [from],
                date,
                to: [to],
                messageId: '<0123456789example.com>',
                subject,
              },
            },
            receipt: {
              timestamp,
              processingTimeMillis: 574,
              recipients: [to],
              spamVerdict: passed,
              virusVerdict: passed,
              spfVerdict: passed,
              dkimVerdict: passed,
              dmarcVerdict: passed,
              action: {
                type: 'Lambda',
                invocationType: 'Event',
                functionArn: arn(common, 'lambda', 'function:my-function'),
              },
            },
          },
        },
      ],
    };
  },
);

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function destination(condition: 'Success' | 'RetriesExhausted'): Sample {
  return sample(
    `what a destination gets (${condition})`,
    { 'function-name': 'my-function', payload: '{"ORDER_IDS":["9e07af03"]}' },
    (values, common) => ({
      version: '1.0',
      timestamp: new Date(common.time).toISOString(),
      requestContext: {
        requestId: common.uuid(),
        functionArn: `${arn(common, 'lambda', `function:${values['function-name']}`)}:$LATEST`,
        condition,
        approximateInvokeCount: condition === 'Success' ? 1 : 3,
      },
      requestPayload: jsonOrText(values.payload),
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(condition === 'Success' ? {} : { functionError: 'Unhandled' }),
      },
      responsePayload: condition === 'Success' ? 'done' : { errorMessage: 'it failed', errorType: 'Error' },
    }),
  );
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
const rotation = sample(
  'a step of a rotation',
  { step: 'createSecret', secret: 'MySecret-AbCdEf' },
  ({ step, secret }, common) => ({
    Step: step,
    SecretId: arn(common, 'secretsmanager', `secret:${secret}`),
    ClientRequestToken: common.uuid(),
  }),
);

/** https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html */
const connect = sample(
  'a contact flow',
  { phone: '+11234567890', parameters: '{"sentAttributeKey":"sentAttributeValue"}' },
  ({ phone, parameters }, common) => ({
    Name: 'ContactFlowEvent',
    Details: {
      ContactData: {
        Attributes: {},
        Channel: 'VOICE',
        ContactId: common.uuid(),
        CustomerEndpoint: { Address: phone, Type: 'TELEPHONE_NUMBER' },
        InitialContactId: common.uuid(),
        InitiationMethod: 'INBOUND',
        InstanceARN: arn(common, 'connect', `instance/${common.uuid()}`),
        MediaStreams: { Customer: { Audio: null } },
        PreviousContactId: common.uuid(),
        Queue: null,
        SystemEndpoint: { Address: '+11234567891', Type: 'TELEPHONE_NUMBER' },
      },
      Parameters: jsonOrText(parameters),
    },
  }),
);

/** https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html */
const lex = sample(
  'a code hook of Lex V2',
  { intent: 'OrderFlowers', text: 'I would like to order flowers', bot: 'OrderBot' },
  ({ intent, text, bot }, common) => {
    const found = {
      name: intent,
      state: 'InProgress',
      slots: {},
      confirmationState: 'None',
    };
    return {
      messageVersion: '1.0',
      invocationSource: 'DialogCodeHook',
      inputMode: 'Text',
      responseContentType: 'text/plain; charset=utf-8',
      sessionId: common.uuid(),
      inputTranscript: text,
      bot: {
        id: 'ABCD123456',
        name: bot,
        aliasId: 'TSTALIASID',
        aliasName: 'TestBotAlias',
        localeId: 'en_US',
        version: 'DRAFT',
      },
      interpretations: [{ intent: found, interpretationSource: 'Lex', nluConfidence: 0.9 }],
      proposedNextState: { dialogAction: { type: 'ElicitSlot', slotToElicit: 'FlowerType' }, intent: found },
      requestAttributes: {},
      sessionState: {
        sessionAttributes: {},
        activeContexts: [],
        intent: found,
        originatingRequestId: common.uuid(),
      },
      transcriptions: [],
    };
  },
);

/** https://developer.amazon.com/en-US/docs/alexa/custom-skills/request-and-response-json-reference.html */
function alexa(
  about: string,
  type: string,
  more: (intent: string) => object,
  flags: { intent?: string } = {},
): Sample {
  return sample(about, { ...flags, locale: 'en-US' }, ({ intent = '', locale }, common) => {
    const application = { applicationId: `amzn1.ask.skill.${common.uuid()}` };
    const user = { userId: 'amzn1.ask.account.EXAMPLE' };
    return {
      version: '1.0',
      session: {
        new: type === 'LaunchRequest',
        sessionId: `amzn1.echo-api.session.${common.uuid()}`,
        application,
        attributes: {},
        user,
      },
      context: {
        System: {
          application,
          user,
          device: { supportedInterfaces: {} },
          apiEndpoint: 'https://api.amazonalexa.com',
        },
      },
      request: {
        type,
        requestId: `amzn1.echo-api.request.${common.uuid()}`,
        timestamp: seconds(common.time),
        locale,
        ...more(intent),
      },
    };
  });
}

/** https://developer.amazon.com/en-US/docs/alexa/smarthome/smart-home-skill-api-message-guide.html */
function smartHome(about: string, namespace: string, name: string, directive: object): Sample {
  return sample(about, {}, (_values, common) => ({
    directive: { header: { namespace, name, payloadVersion: '3', messageId: common.uuid() }, ...directive },
  }));
}

const bearer = { type: 'BearerToken', token: 'access-token-from-skill' };

export const operations = {
  cloudformation: {
    'create-request': customResource('Create'),
    'update-request': customResource('Update'),
    'delete-request': customResource('Delete'),
  },
  codecommit: { repository: codecommit },
  codepipeline: { job: codepipeline },
  config: {
    'item-change-notification': config('a resource has changed', (awsAccountId, time) => ({
      configurationItem: { ...instance, awsAccountId, configurationItemCaptureTime: time },
      messageType: 'ConfigurationItemChangeNotification',
      notificationCreationTime: time,
    })),
    'periodic-rule': config('a periodic rule', (awsAccountId, time) => ({
      awsAccountId,
      notificationCreationTime: time,
      messageType: 'ScheduledNotification',
      recordVersion: '1.0',
    })),
  },
  ses: { 'email-receiving': ses },
  lambda: {
    'destination-success': destination('Success'),
    'destination-failure': destination('RetriesExhausted'),
  },
  secretsmanager: { rotation },
  stepfunctions: {
    error: sample(
      'what a Catch hands on',
      { error: 'States.TaskFailed', cause: 'The task failed' },
      ({ error, cause }) => ({ Error: error, Cause: cause }),
    ),
  },
  connect: { 'contact-flow': connect },
  lex: { 'code-hook': lex },
  'alexa-skills-kit': {
    'start-session': alexa('a skill is opened', 'LaunchRequest', () => ({})),
    'intent-answer': alexa(
      'an intent',
      'IntentRequest',
      (name) => ({ intent: { name, confirmationStatus: 'NONE', slots: {} }, dialogState: 'STARTED' }),
      { intent: 'GetNewFactIntent' },
    ),
    'end-session': alexa('a session has ended', 'SessionEndedRequest', () => ({ reason: 'USER_INITIATED' })),
  },
  'alexa-smart-home': {
    discovery: smartHome('devices are looked for', 'Alexa.Discovery', 'Discover', {
      payload: { scope: bearer },
    }),
    'turn-on': smartHome('a device is turned on', 'Alexa.PowerController', 'TurnOn', {
      endpoint: { scope: bearer, endpointId: 'endpoint-001', cookie: {} },
      payload: {},
    }),
  },
} satisfies Record<string, Record<string, Sample>>;
