/** IAM's records through the official SDK, with `enforce` on and data on disk: credentials, providers, reports, stacks. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  ChangePasswordCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteRoleCommand,
  EnableMFADeviceCommand,
  GenerateCredentialReportCommand,
  GetAccessKeyLastUsedCommand,
  GetCredentialReportCommand,
  GetGroupPolicyCommand,
  GetLoginProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetSAMLProviderCommand,
  GetServerCertificateCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  PutUserPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
  UploadServerCertificateCommand,
} from '@aws-sdk/client-iam';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { parse } from 'csv-parse/sync';
import { Secret, TOTP } from 'otpauth';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const account = '000000000000';
const folder = mkdtempSync(join(tmpdir(), 'brume-iam-'));
let cloud: Cloud;
let iam: IAMClient;

async function open(): Promise<void> {
  cloud = await startCloud({ iam: 'enforce', data: folder });
  iam = new IAMClient(cloud.clientConfig);
}
async function shut(): Promise<void> {
  iam.destroy();
  await cloud.close();
}
beforeAll(open);
afterAll(async () => {
  await shut();
  rmSync(folder, { recursive: true, force: true });
});

async function makeUser(UserName: string) {
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
}

const allow = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

describe('access keys', () => {
  it('leave no secret in the data, work after a restart, and tell when they were last used', async () => {
    const credentials = await makeUser('ada');
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'ada',
        PolicyName: 'lists',
        PolicyDocument: allow('dynamodb:ListTables'),
      }),
    );
    const asAda = () => new DynamoDBClient({ ...cloud.clientConfig, region: 'eu-west-1', credentials });
    const impostor = new DynamoDBClient({
      ...cloud.clientConfig,
      credentials: { ...credentials, secretAccessKey: 'guessed' },
    });
    await expect(impostor.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    const lastUsed = async () =>
      (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: credentials.accessKeyId })))
        .AccessKeyLastUsed;
    expect(await lastUsed()).toEqual({ ServiceName: 'N/A', Region: 'N/A' });
    await asAda().send(new ListTablesCommand({}));
    const use = await lastUsed();
    expect(use).toEqual({
      LastUsedDate: expect.any(Date),
      ServiceName: 'dynamodb',
      Region: 'eu-west-1',
    });
    await shut();
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name)));
    expect(texts.some((text) => text.includes(credentials.accessKeyId))).toBe(true);
    expect(texts.some((text) => text.includes(credentials.secretAccessKey))).toBe(false);
    await open();
    expect(await lastUsed()).toEqual(use);
    await asAda().send(new ListTablesCommand({}));
  });
});

describe('passwords', () => {
  it('are changed by who has them, by leave of the account’s policy', async () => {
    const credentials = await makeUser('bob');
    const bob = new IAMClient({ ...cloud.clientConfig, credentials });
    const [OldPassword, NewPassword] = ['Correct-horse1', 'Battery-staple2'];
    const change = () => bob.send(new ChangePasswordCommand({ OldPassword, NewPassword }));
    await iam.send(new CreateLoginProfileCommand({ UserName: 'bob', Password: OldPassword }));
    await expect(change()).rejects.toMatchObject({ name: 'AccessDenied' });
    await iam.send(new UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }));
    await change();
    await expect(change()).rejects.toThrow('The old password was incorrect.');
    // The leave is for one's own password, and for nothing else.
    await expect(bob.send(new GetLoginProfileCommand({ UserName: 'bob' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    bob.destroy();
  });
});

describe('MFA devices', () => {
  it('show codes that open a session, each once', async () => {
    const credentials = await makeUser('eve');
    const { VirtualMFADevice } = await iam.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }),
    );
    const SerialNumber = `arn:aws:iam::${account}:mfa/phone`;
    expect(VirtualMFADevice?.SerialNumber).toBe(SerialNumber);
    const png = Buffer.from(VirtualMFADevice?.QRCodePNG ?? []);
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    const secret = Secret.fromBase32(Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString());
    const totp = new TOTP({ secret });
    const code = (steps: number) => totp.generate({ timestamp: cloud.clock.now() + steps * 30_000 });
    cloud.clock.freeze();
    await iam.send(
      new EnableMFADeviceCommand({
        UserName: 'eve',
        SerialNumber,
        AuthenticationCode1: code(-1),
        AuthenticationCode2: code(0),
      }),
    );
    const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: 'eve' }));
    expect(MFADevices).toMatchObject([{ UserName: 'eve', SerialNumber }]);
    const sts = new STSClient({ ...cloud.clientConfig, credentials });
    const signIn = (TokenCode: string) => sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
    await expect(signIn(code(0))).rejects.toMatchObject({ name: 'AccessDenied' });
    const { Credentials } = await signIn(code(1));
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA/);
    await expect(signIn(code(1))).rejects.toMatchObject({ name: 'AccessDenied' });
    cloud.clock.resume();
    sts.destroy();
  });
});

describe('server certificates', () => {
  it('come with their key and their chain, or not at all', async () => {
    const authority = await generate([{ name: 'commonName', value: 'authority' }], {
      extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
    });
    const leaf = await generate([{ name: 'commonName', value: 'leaf' }], {
      ca: { key: authority.private, cert: authority.cert },
    });
    const upload = (more: object) =>
      iam.send(
        new UploadServerCertificateCommand({
          ServerCertificateName: 'leaf',
          Path: '/cloudfront/',
          CertificateBody: leaf.cert,
          PrivateKey: leaf.private,
          ...more,
        }),
      );
    await expect(upload({ PrivateKey: authority.private })).rejects.toMatchObject({
      name: 'KeyPairMismatchException',
    });
    await expect(upload({ CertificateBody: leaf.cert.slice(0, 200) })).rejects.toMatchObject({
      name: 'MalformedCertificateException',
      message: 'Unable to parse certificate. Please ensure the certificate is in PEM format.',
    });
    await expect(upload({ CertificateChain: leaf.cert })).rejects.toThrow(
      'The index within the chain of the invalid certificate is: 0',
    );
    await expect(upload({ CertificateChain: `${authority.cert}\n${leaf.cert}` })).rejects.toThrow(
      'The index within the chain of the invalid certificate is: 1',
    );
    const { ServerCertificateMetadata } = await upload({ CertificateChain: authority.cert });
    expect(ServerCertificateMetadata).toMatchObject({
      Arn: `arn:aws:iam::${account}:server-certificate/cloudfront/leaf`,
      ServerCertificateId: expect.stringMatching(/^ASCA/),
      Expiration: expect.any(Date),
    });
    await expect(upload({})).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
    const { ServerCertificate } = await iam.send(
      new GetServerCertificateCommand({ ServerCertificateName: 'leaf' }),
    );
    expect(ServerCertificate?.CertificateBody).toBe(leaf.cert);
    expect(JSON.stringify(ServerCertificate)).not.toContain('PRIVATE KEY');
  });
});

describe('credential reports', () => {
  it('tell of every user', async () => {
    const { State } = await iam.send(new GenerateCredentialReportCommand({}));
    expect(State).toBe('STARTED');
    await cloud.settled();
    const { Content, ReportFormat } = await iam.send(new GetCredentialReportCommand({}));
    expect(ReportFormat).toBe('text/csv');
    const rows = parse(Buffer.from(Content ?? []), { columns: true }) as Record<string, string>[];
    const rowOf = (user: string) => rows.find((row) => row.user === user);
    expect(rowOf('ada')).toMatchObject({
      password_enabled: 'false',
      access_key_1_last_used_service: 'dynamodb',
    });
    expect(rowOf('bob')).toMatchObject({ password_enabled: 'true', mfa_active: 'false' });
    expect(rowOf('eve')).toMatchObject({ mfa_active: 'true' });
  });
});

describe('service-linked roles', () => {
  it('belong to their service', async () => {
    const { Role } = await iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: 'autoscaling.amazonaws.com' }),
    );
    await expect(iam.send(new DeleteRoleCommand({ RoleName: Role?.RoleName }))).rejects.toMatchObject({
      name: 'UnmodifiableEntityException',
    });
  });
});

describe('stacks', () => {
  const StackName = 'providers';
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  let authority: { cert: string; private: string };
  beforeAll(async () => {
    authority = await generate([{ name: 'commonName', value: 'idp.example.com' }]);
  });

  const metadata = () =>
    `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"><IDPSSODescriptor
protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">
<X509Data><X509Certificate>${authority.cert.replace(/-----[^-]+-----|\s/g, '')}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`;

  function template({ action, client, path, users, password }: Record<string, string>): string {
    const PolicyDocument = JSON.parse(allow(action ?? ''));
    const inline = (kind: string, holder: string) => ({
      Type: `AWS::IAM::${kind}Policy`,
      Properties: { [`${kind}Name`]: { Ref: holder }, PolicyName: 'inline', PolicyDocument },
    });
    return JSON.stringify({
      Resources: {
        Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
        Group: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'readers' } },
        Ann: {
          Type: 'AWS::IAM::User',
          Properties: {
            UserName: 'ann',
            ...(password === '' ? {} : { LoginProfile: { Password: password, PasswordResetRequired: true } }),
          },
        },
        Ben: { Type: 'AWS::IAM::User', Properties: { UserName: 'ben' } },
        RoleInline: inline('Role', 'Role'),
        GroupInline: inline('Group', 'Group'),
        UserInline: inline('User', 'Ann'),
        Members: {
          Type: 'AWS::IAM::UserToGroupAddition',
          DependsOn: ['Ann', 'Ben'],
          Properties: { GroupName: { Ref: 'Group' }, Users: users?.split(',') },
        },
        Oidc: {
          Type: 'AWS::IAM::OIDCProvider',
          Properties: {
            Url: 'https://issuer.example.com',
            ClientIdList: ['always', client],
            Tags: [{ Key: 'client', Value: client }],
          },
        },
        Saml: {
          Type: 'AWS::IAM::SAMLProvider',
          Properties: { Name: 'corporate', SamlMetadataDocument: metadata() },
        },
        Certificate: {
          Type: 'AWS::IAM::ServerCertificate',
          Properties: {
            ServerCertificateName: 'of-a-stack',
            CertificateBody: authority.cert,
            PrivateKey: authority.private,
            Path: path,
          },
        },
        Linked: {
          Type: 'AWS::IAM::ServiceLinkedRole',
          Properties: { AWSServiceName: 'lambda.application-autoscaling.amazonaws.com', Description: action },
        },
        Device: {
          Type: 'AWS::IAM::VirtualMFADevice',
          Properties: { VirtualMfaDeviceName: 'of-a-stack', Users: [{ Ref: 'Ann' }] },
        },
      },
      Outputs: {
        RoleName: { Value: { Ref: 'Role' } },
        RoleInline: { Value: { Ref: 'RoleInline' } },
        Oidc: { Value: { Ref: 'Oidc' } },
        Saml: { Value: { 'Fn::GetAtt': ['Saml', 'Arn'] } },
        Certificate: { Value: { 'Fn::GetAtt': ['Certificate', 'Arn'] } },
        Linked: { Value: { 'Fn::GetAtt': ['Linked', 'RoleName'] } },
        Device: { Value: { 'Fn::GetAtt': ['Device', 'SerialNumber'] } },
      },
    });
  }

  it('make, change and delete providers, certificates, devices and memberships', async () => {
    const cloudformation = new CloudFormationClient(cloud.clientConfig);
    const finished = async () => {
      await cloud.settled();
      const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
      const [stack] = Stacks ?? [];
      return {
        status: `${stack?.StackStatus} ${stack?.StackStatusReason ?? ''}`.trim(),
        outputs: Object.fromEntries(
          (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
        ),
      };
    };
    const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
    const first = template({
      action: 's3:GetObject',
      client: 'one',
      path: '/',
      users: 'ann,ben',
      password: 'Correct-horse1',
    });
    await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: first, Capabilities }));
    const made = await finished();
    expect(made.status).toBe('CREATE_COMPLETE');
    const { RoleName = '', ...others } = made.outputs;
    expect(others).toEqual({
      RoleInline: `inline|${RoleName}`,
      Oidc: `arn:aws:iam::${account}:oidc-provider/issuer.example.com`,
      Saml: `arn:aws:iam::${account}:saml-provider/corporate`,
      Certificate: `arn:aws:iam::${account}:server-certificate/of-a-stack`,
      Linked: 'AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency',
      Device: `arn:aws:iam::${account}:mfa/of-a-stack`,
    });
    const groupsOf = async (UserName: string) =>
      (await iam.send(new ListGroupsForUserCommand({ UserName }))).Groups?.map(({ GroupName }) => GroupName);
    expect([await groupsOf('ann'), await groupsOf('ben')]).toEqual([['readers'], ['readers']]);
    expect((await iam.send(new GetLoginProfileCommand({ UserName: 'ann' }))).LoginProfile).toMatchObject({
      PasswordResetRequired: true,
    });
    expect((await iam.send(new ListMFADevicesCommand({ UserName: 'ann' }))).MFADevices).toHaveLength(1);

    const second = template({
      action: 's3:PutObject',
      client: 'two',
      path: '/moved/',
      users: 'ben',
      password: '',
    });
    await cloudformation.send(new UpdateStackCommand({ StackName, TemplateBody: second, Capabilities }));
    const changed = await finished();
    expect(changed.status).toBe('UPDATE_COMPLETE');
    expect(changed.outputs.Certificate).toBe(`arn:aws:iam::${account}:server-certificate/moved/of-a-stack`);
    expect([await groupsOf('ann'), await groupsOf('ben')]).toEqual([[], ['readers']]);
    const provider = await iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: others.Oidc }),
    );
    expect([provider.ClientIDList, provider.Tags]).toEqual([
      ['always', 'two'],
      [{ Key: 'client', Value: 'two' }],
    ]);
    await expect(iam.send(new GetLoginProfileCommand({ UserName: 'ann' }))).rejects.toThrow();
    const named = { PolicyName: 'inline' };
    for (const { PolicyDocument } of await Promise.all([
      iam.send(new GetRolePolicyCommand({ RoleName, ...named })),
      iam.send(new GetGroupPolicyCommand({ GroupName: 'readers', ...named })),
      iam.send(new GetUserPolicyCommand({ UserName: 'ann', ...named })),
    ])) {
      expect(decodeURIComponent(PolicyDocument ?? '')).toContain('s3:PutObject');
    }

    await cloudformation.send(new DeleteStackCommand({ StackName }));
    await cloud.settled();
    await expect(cloudformation.send(new DescribeStacksCommand({ StackName }))).rejects.toThrow(
      'does not exist',
    );
    for (const gone of [
      iam.send(new GetRoleCommand({ RoleName: others.Linked })),
      iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: others.Oidc })),
      iam.send(new GetSAMLProviderCommand({ SAMLProviderArn: others.Saml })),
      iam.send(new GetServerCertificateCommand({ ServerCertificateName: 'of-a-stack' })),
      iam.send(new ListGroupsForUserCommand({ UserName: 'ann' })),
    ]) {
      await expect(gone).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    }
    cloudformation.destroy();
  });

  it('leave nothing behind when a provider is there already', async () => {
    const cloudformation = new CloudFormationClient(cloud.clientConfig);
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: 'https://taken.example.com' }));
    const TemplateBody = JSON.stringify({
      Resources: {
        User: { Type: 'AWS::IAM::User', Properties: { UserName: 'short-lived' } },
        Device: { Type: 'AWS::IAM::VirtualMFADevice', Properties: { Users: [{ Ref: 'User' }] } },
        Taken: {
          Type: 'AWS::IAM::OIDCProvider',
          DependsOn: 'Device',
          Properties: { Url: 'https://taken.example.com' },
        },
      },
    });
    await cloudformation.send(
      new CreateStackCommand({
        StackName: 'failing',
        TemplateBody,
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      }),
    );
    await cloud.settled();
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'failing' }));
    expect(Stacks?.[0]?.StackStatus).toBe('ROLLBACK_COMPLETE');
    await expect(iam.send(new ListMFADevicesCommand({ UserName: 'short-lived' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    cloudformation.destroy();
  });
});
