/** Cognito user pools as CloudFormation, SAM and CDK templates describe them: made, changed and deleted by stacks. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackRollbackComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  AdminListGroupsForUserCommand,
  CognitoIdentityProviderClient,
  DescribeIdentityProviderCommand,
  DescribeManagedLoginBrandingCommand,
  DescribeResourceServerCommand,
  DescribeRiskConfigurationCommand,
  DescribeTermsCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  DescribeUserPoolDomainCommand,
  GetUICustomizationCommand,
  GetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

let cloud: Cloud;
let stacks: CloudFormationClient;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  cloud = await startCloud();
  stacks = new CloudFormationClient(cloud.clientConfig);
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
});
afterAll(async () => {
  stacks.destroy();
  cognito.destroy();
  await cloud.close();
});

const waiting = (StackName: string) =>
  [{ client: stacks, minDelay: 1, maxDelay: 1, maxWaitTime: 60 }, { StackName }] as const;
const input = (StackName: string, template: object) => ({
  StackName,
  TemplateBody: JSON.stringify(template),
  Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'] as (
    | 'CAPABILITY_IAM'
    | 'CAPABILITY_AUTO_EXPAND'
  )[],
  Tags: [{ Key: 'stage', Value: 'test' }],
});

async function outputsOf(StackName: string): Promise<Record<string, string>> {
  const { Stacks = [] } = await stacks.send(new DescribeStacksCommand({ StackName }));
  return Object.fromEntries(
    (Stacks[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
}

async function create(StackName: string, template: object): Promise<Record<string, string>> {
  await stacks.send(new CreateStackCommand(input(StackName, template)));
  await waitUntilStackCreateComplete(...waiting(StackName)).catch(async (error) => {
    const { StackEvents = [] } = await stacks.send(new DescribeStackEventsCommand({ StackName }));
    const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
    throw new Error(failed.map(({ ResourceStatusReason }) => ResourceStatusReason).join(), { cause: error });
  });
  return outputsOf(StackName);
}

async function update(StackName: string, template: object): Promise<Record<string, string>> {
  await stacks.send(new UpdateStackCommand(input(StackName, template)));
  await waitUntilStackUpdateComplete(...waiting(StackName));
  return outputsOf(StackName);
}

const att = (id: string, name: string) => ({ 'Fn::GetAtt': [id, name] });
const ref = (Ref: string) => ({ Ref });

const people = (pool: object = {}, client: object = {}) => ({
  Resources: {
    Pool: {
      Type: 'AWS::Cognito::UserPool',
      Properties: {
        UserPoolName: 'people',
        AliasAttributes: ['email'],
        AutoVerifiedAttributes: ['email'],
        Policies: { PasswordPolicy: { MinimumLength: '12' } },
        Schema: [{ Name: 'team', AttributeDataType: 'String', Mutable: true }],
        UserPoolTags: { owner: 'me' },
        EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
        MfaConfiguration: 'OPTIONAL',
        ...pool,
      },
    },
    Client: {
      Type: 'AWS::Cognito::UserPoolClient',
      Properties: { UserPoolId: ref('Pool'), GenerateSecret: 'true', AccessTokenValidity: '2', ...client },
    },
    Ann: {
      Type: 'AWS::Cognito::UserPoolUser',
      Properties: {
        UserPoolId: ref('Pool'),
        Username: 'ann',
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'email', Value: 'ann@example.com' }],
      },
    },
    Admins: {
      Type: 'AWS::Cognito::UserPoolGroup',
      Properties: { UserPoolId: ref('Pool'), GroupName: 'admins', Precedence: 1 },
    },
    AnnIsAdmin: {
      Type: 'AWS::Cognito::UserPoolUserToGroupAttachment',
      Properties: { UserPoolId: ref('Pool'), GroupName: ref('Admins'), Username: ref('Ann') },
    },
  },
  Outputs: {
    Pool: { Value: ref('Pool') },
    Arn: { Value: att('Pool', 'Arn') },
    Provider: { Value: att('Pool', 'ProviderName') },
    Url: { Value: att('Pool', 'ProviderURL') },
    Client: { Value: ref('Client') },
    Name: { Value: att('Client', 'Name') },
    Secret: { Value: att('Client', 'ClientSecret') },
    Ann: { Value: ref('Ann') },
    Admins: { Value: ref('Admins') },
  },
});

describe('a stack', () => {
  it('makes pools, clients, users and groups, changes them in place or anew, and leaves nothing', async () => {
    const made = await create('people', people());
    const id = made.Pool ?? '';
    expect(id).toMatch(/^us-east-1_/);
    expect(made).toMatchObject({
      Arn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${id}`,
      Provider: `cognito-idp.us-east-1.amazonaws.com/${id}`,
      Url: `https://cognito-idp.us-east-1.amazonaws.com/${id}`,
      Ann: 'ann',
      Admins: 'admins',
    });
    expect(made.Name).toMatch(/^Client-[A-Za-z0-9]{12}$/);
    const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: id }));
    expect(UserPool).toMatchObject({
      Name: 'people',
      Policies: { PasswordPolicy: { MinimumLength: 12 } },
      UserPoolTags: { owner: 'me', stage: 'test' },
      MfaConfiguration: 'OPTIONAL',
      EstimatedNumberOfUsers: 1,
    });
    expect(await cognito.send(new GetUserPoolMfaConfigCommand({ UserPoolId: id }))).toMatchObject({
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    const { Groups } = await cognito.send(
      new AdminListGroupsForUserCommand({ UserPoolId: id, Username: 'ann' }),
    );
    expect(Groups).toMatchObject([{ GroupName: 'admins', Precedence: 1 }]);
    const client = { UserPoolId: id, ClientId: made.Client };
    const { UserPoolClient } = await cognito.send(new DescribeUserPoolClientCommand(client));
    expect(UserPoolClient).toMatchObject({ ClientSecret: made.Secret, AccessTokenValidity: 2 });

    const Schema = [
      { Name: 'team', AttributeDataType: 'String', Mutable: true },
      { Name: 'level', AttributeDataType: 'Number' },
    ];
    const changed = await update('people', people({ Schema, UserPoolName: 'folks' }, { ClientName: 'app' }));
    expect(changed).toEqual({ ...made, Name: 'app' });
    const after = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: id }));
    expect(after.UserPool?.SchemaAttributes?.map(({ Name }) => Name)).toContain('custom:level');
    expect(after.UserPool).toMatchObject({ Name: 'folks', EstimatedNumberOfUsers: 1 });

    const open = people({ Schema }, { ClientName: 'app', GenerateSecret: false });
    const { Secret: _none, ...Outputs } = open.Outputs;
    const replaced = await update('people', { ...open, Outputs });
    expect(replaced.Client).not.toBe(made.Client);
    await expect(cognito.send(new DescribeUserPoolClientCommand(client))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });

    await stacks.send(new DeleteStackCommand({ StackName: 'people' }));
    await waitUntilStackDeleteComplete(...waiting('people'));
    await expect(cognito.send(new DescribeUserPoolCommand({ UserPoolId: id }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('hands on keys, issuers and who sends SMS, and takes them back', async () => {
    const settings = {
      KeyConfiguration: { KeyType: 'AWS_OWNED_KEY' },
      IssuerConfiguration: { Type: 'ORIGINAL' },
      SmsConfiguration: {
        SnsCallerArn: 'arn:aws:iam::000000000000:role/sms',
        ExternalId: 'x',
        EumsSms: { CallerArn: 'arn:aws:iam::000000000000:role/sms', OriginationIdentity: '+12065550100' },
      },
    };
    const pool = (Properties: object) => ({
      Resources: { Pool: { Type: 'AWS::Cognito::UserPool', Properties } },
      Outputs: { Pool: { Value: ref('Pool') } },
    });
    const { Pool: UserPoolId } = await create('keyed', pool(settings));
    const shown = async () => (await cognito.send(new DescribeUserPoolCommand({ UserPoolId }))).UserPool;
    expect(await shown()).toMatchObject(settings);
    expect(await update('keyed', pool({}))).toEqual({ Pool: UserPoolId });
    for (const name of Object.keys(settings)) expect(await shown()).not.toHaveProperty(name);
  });

  it('refuses changes that would cost the pool its users', async () => {
    const { Pool: UserPoolId } = await create('kept', people());
    for (const [change, why] of [
      [
        { AliasAttributes: ['preferred_username'] },
        'Updates are not allowed for property - AliasAttributes.',
      ],
      [{ Schema: [] }, 'Existing schema attributes cannot be modified or deleted.'],
    ] as const) {
      await stacks.send(new UpdateStackCommand(input('kept', people(change))));
      await waitUntilStackRollbackComplete(...waiting('kept')).catch(() => undefined);
      const { StackEvents = [] } = await stacks.send(new DescribeStackEventsCommand({ StackName: 'kept' }));
      const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'UPDATE_FAILED');
      expect(failed?.ResourceStatusReason).toContain(why);
    }
    const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool).toMatchObject({ AliasAttributes: ['email'], EstimatedNumberOfUsers: 1 });
    // The same attribute, written in another order.
    const Schema = [{ Mutable: true, AttributeDataType: 'String', Name: 'team' }];
    await update('kept', people({ Schema, UserPoolTags: { owner: 'you' } }));
    const { UserPool: kept } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(kept?.UserPoolTags).toMatchObject({ owner: 'you' });
  });
});

describe('what a login page needs', () => {
  const login = (change: { name?: string; scope?: string; secret?: string; color?: string } = {}) => ({
    Resources: {
      Pool: {
        Type: 'AWS::Cognito::UserPool',
        Properties: {
          UserPoolName: 'login',
          UserPoolTier: 'PLUS',
          UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' },
        },
      },
      Risk: {
        Type: 'AWS::Cognito::UserPoolRiskConfigurationAttachment',
        Properties: {
          UserPoolId: ref('Pool'),
          ClientId: 'ALL',
          CompromisedCredentialsRiskConfiguration: {
            Actions: { EventAction: change.color ? 'NO_ACTION' : 'BLOCK' },
          },
        },
      },
      Domain: {
        Type: 'AWS::Cognito::UserPoolDomain',
        Properties: { UserPoolId: ref('Pool'), Domain: 'stack-login' },
      },
      Api: {
        Type: 'AWS::Cognito::UserPoolResourceServer',
        Properties: {
          UserPoolId: ref('Pool'),
          Identifier: 'https://api.example.com',
          Name: change.name ?? 'api',
          Scopes: [{ ScopeName: change.scope ?? 'read', ScopeDescription: 'Read' }],
        },
      },
      Google: {
        Type: 'AWS::Cognito::UserPoolIdentityProvider',
        Properties: {
          UserPoolId: ref('Pool'),
          ProviderName: 'Google',
          ProviderType: 'Google',
          ProviderDetails: {
            client_id: 'id',
            client_secret: change.secret ?? 'secret',
            authorize_scopes: 'openid email',
          },
          AttributeMapping: { email: 'email' },
        },
      },
      Client: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: ref('Pool') } },
      Classic: {
        Type: 'AWS::Cognito::UserPoolUICustomizationAttachment',
        DependsOn: 'Domain',
        Properties: {
          UserPoolId: ref('Pool'),
          ClientId: ref('Client'),
          CSS: `.banner-customizable { background-color: ${change.color ?? 'red'}; }`,
        },
      },
      Branding: {
        Type: 'AWS::Cognito::ManagedLoginBranding',
        Properties: {
          UserPoolId: ref('Pool'),
          ClientId: ref('Client'),
          ...(change.color ? { Settings: {} } : { UseCognitoProvidedValues: true }),
        },
      },
      Terms: {
        Type: 'AWS::Cognito::Terms',
        Properties: {
          UserPoolId: ref('Pool'),
          ClientId: ref('Client'),
          TermsName: 'terms-of-use',
          TermsSource: 'LINK',
          Enforcement: 'NONE',
          Links: { 'cognito:default': `https://example.com/${change.color ?? 'red'}` },
        },
      },
      Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/login' } },
      Logs: {
        Type: 'AWS::Cognito::LogDeliveryConfiguration',
        Properties: {
          UserPoolId: ref('Pool'),
          LogConfigurations: [
            {
              EventSource: 'userNotification',
              LogLevel: 'ERROR',
              CloudWatchLogsConfiguration: {
                LogGroupArn: {
                  'Fn::Sub': 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}',
                },
              },
            },
          ],
        },
      },
    },
    Outputs: {
      Pool: { Value: ref('Pool') },
      Domain: { Value: ref('Domain') },
      Api: { Value: ref('Api') },
      Google: { Value: ref('Google') },
      Logs: { Value: att('Logs', 'Id') },
      Client: { Value: ref('Client') },
      Branding: { Value: att('Branding', 'ManagedLoginBrandingId') },
      Terms: { Value: att('Terms', 'TermsId') },
    },
  });

  it('is made, changed in place and taken away', async () => {
    const made = await create('login', login());
    const UserPoolId = made.Pool;
    expect(made).toMatchObject({
      Pool: UserPoolId,
      Domain: 'stack-login',
      Api: 'https://api.example.com',
      Google: 'Google',
      Logs: UserPoolId,
    });
    expect(
      await update('login', login({ name: 'API', scope: 'write', secret: 'other', color: 'blue' })),
    ).toEqual(made);
    const { ResourceServer } = await cognito.send(
      new DescribeResourceServerCommand({ UserPoolId, Identifier: made.Api }),
    );
    expect(ResourceServer).toMatchObject({ Name: 'API', Scopes: [{ ScopeName: 'write' }] });
    const { IdentityProvider } = await cognito.send(
      new DescribeIdentityProviderCommand({ UserPoolId, ProviderName: 'Google' }),
    );
    expect(IdentityProvider).toMatchObject({ ProviderDetails: { client_id: 'id', client_secret: 'other' } });
    const { UICustomization } = await cognito.send(
      new GetUICustomizationCommand({ UserPoolId, ClientId: made.Client }),
    );
    expect(UICustomization?.CSS).toContain('blue');
    const { ManagedLoginBranding } = await cognito.send(
      new DescribeManagedLoginBrandingCommand({ UserPoolId, ManagedLoginBrandingId: made.Branding }),
    );
    expect(ManagedLoginBranding).toMatchObject({ UseCognitoProvidedValues: false });
    const { RiskConfiguration } = await cognito.send(new DescribeRiskConfigurationCommand({ UserPoolId }));
    expect(RiskConfiguration).toMatchObject({
      CompromisedCredentialsRiskConfiguration: { Actions: { EventAction: 'NO_ACTION' } },
    });
    const { Terms } = await cognito.send(new DescribeTermsCommand({ UserPoolId, TermsId: made.Terms }));
    expect(Terms?.Links).toEqual({ 'cognito:default': 'https://example.com/blue' });
    const describeDomain = () => cognito.send(new DescribeUserPoolDomainCommand({ Domain: 'stack-login' }));
    expect((await describeDomain()).DomainDescription).toMatchObject({ UserPoolId, Status: 'ACTIVE' });
    await stacks.send(new DeleteStackCommand({ StackName: 'login' }));
    await waitUntilStackDeleteComplete(...waiting('login'));
    expect((await describeDomain()).DomainDescription?.UserPoolId).toBeUndefined();
  });
});

describe('templates of others', () => {
  it('connects functions to triggers, as SAM writes them', async () => {
    const outputs = await create('sam', {
      Transform: 'AWS::Serverless-2016-10-31',
      Resources: {
        Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UserPoolName: 'sam' } },
        Hook: {
          Type: 'AWS::Serverless::Function',
          Properties: {
            FunctionName: 'hook',
            Runtime: 'nodejs22.x',
            Handler: 'index.handler',
            InlineCode: 'exports.handler = async (event) => event;',
            Events: {
              SignUp: {
                Type: 'Cognito',
                Properties: { UserPool: ref('Pool'), Trigger: ['PreSignUp', 'PostConfirmation'] },
              },
            },
          },
        },
      },
      Outputs: { Pool: { Value: ref('Pool') }, Hook: { Value: att('Hook', 'Arn') } },
    });
    const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: outputs.Pool }));
    expect(UserPool?.LambdaConfig).toEqual({ PreSignUp: outputs.Hook, PostConfirmation: outputs.Hook });
    const lambda = new LambdaClient(cloud.clientConfig);
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: 'hook' }));
    lambda.destroy();
    expect(JSON.parse(Policy ?? '')).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'cognito-idp.amazonaws.com' },
          Condition: { ArnLike: { 'AWS:SourceArn': UserPool?.Arn } },
        },
      ],
    });
  });

  it('deploys what the CDK writes for UserPool and addClient', async () => {
    await create('cdk', {
      Parameters: {
        BootstrapVersion: {
          Type: 'AWS::SSM::Parameter::Value<String>',
          Default: '/cdk-bootstrap/hnb659fds/version',
          Description: 'Version of the CDK Bootstrap resources in this environment',
        },
      },
      Rules: {
        CheckBootstrapVersion: {
          Assertions: [
            {
              Assert: {
                'Fn::Not': [{ 'Fn::Contains': [['1', '2', '3', '4', '5'], ref('BootstrapVersion')] }],
              },
              AssertDescription: "CDK bootstrap stack version 6 required. Please run 'cdk bootstrap'.",
            },
          ],
        },
      },
      Resources: {
        UserPool6BA7E5F2: {
          Type: 'AWS::Cognito::UserPool',
          Properties: {
            AccountRecoverySetting: {
              RecoveryMechanisms: [
                { Name: 'verified_phone_number', Priority: 1 },
                { Name: 'verified_email', Priority: 2 },
              ],
            },
            AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
            AutoVerifiedAttributes: ['email'],
            EmailVerificationMessage: 'The verification code to your new account is {####}',
            EmailVerificationSubject: 'Verify your new account',
            SmsVerificationMessage: 'The verification code to your new account is {####}',
            UsernameAttributes: ['email'],
            UsernameConfiguration: { CaseSensitive: false },
            VerificationMessageTemplate: {
              DefaultEmailOption: 'CONFIRM_WITH_CODE',
              EmailMessage: 'The verification code to your new account is {####}',
              EmailSubject: 'Verify your new account',
              SmsMessage: 'The verification code to your new account is {####}',
            },
          },
          UpdateReplacePolicy: 'Retain',
          DeletionPolicy: 'Retain',
        },
        UserPoolapp3A92C0E5: {
          Type: 'AWS::Cognito::UserPoolClient',
          Properties: {
            AllowedOAuthFlows: ['implicit', 'code'],
            AllowedOAuthFlowsUserPoolClient: true,
            AllowedOAuthScopes: ['profile', 'phone', 'email', 'openid', 'aws.cognito.signin.user.admin'],
            CallbackURLs: ['https://example.com'],
            ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
            SupportedIdentityProviders: ['COGNITO'],
            UserPoolId: ref('UserPool6BA7E5F2'),
          },
        },
      },
    });
    const { StackResources = [] } = await stacks.send(
      new DescribeStackResourcesCommand({ StackName: 'cdk' }),
    );
    expect(StackResources.map(({ ResourceStatus }) => ResourceStatus)).toEqual([
      'CREATE_COMPLETE',
      'CREATE_COMPLETE',
    ]);
    const idOf = (logicalId: string) =>
      StackResources.find(({ LogicalResourceId }) => LogicalResourceId === logicalId)?.PhysicalResourceId;
    const UserPoolId = idOf('UserPool6BA7E5F2');
    const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool?.Name).toMatch(/^UserPool6BA7E5F2-[A-Za-z0-9]{12}$/);
    const { UserPoolClient } = await cognito.send(
      new DescribeUserPoolClientCommand({ UserPoolId, ClientId: idOf('UserPoolapp3A92C0E5') }),
    );
    expect(UserPoolClient?.ClientName).toMatch(/^UserPoolapp3A92C0E5-[A-Za-z0-9]{12}$/);

    const Group = { UserPoolId, GroupName: 'staff' };
    const group = { Type: 'AWS::Cognito::UserPoolGroup', Properties: Group };
    await create('staff', { Resources: { A: group } });
    await expect(create('again', { Resources: { A: group } })).rejects.toThrow(
      /^Resource handler returned message: "A group with the name already exists\..*HandlerErrorCode: AlreadyExists\)/,
    );
  });

  it('takes no other parameter of a Parameter Store that is not here for granted', async () => {
    const Parameters = { Name: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/my/name' } };
    const Resources = { Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UserPoolName: ref('Name') } } };
    await expect(
      stacks.send(new CreateStackCommand(input('named', { Parameters, Resources }))),
    ).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});
