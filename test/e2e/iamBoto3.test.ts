/** IAM through boto3: waiters, paginators, reports, blobs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boto3, python } from './support/clients.ts';
import { type Server, startServer } from './support/server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(['--port', '0', '--ephemeral', '--log-level', 'warn']);
});
afterAll(async () => {
  await server?.kill('SIGKILL');
});

const prelude = `import boto3, json, time, base64, csv, io
from botocore.exceptions import ClientError
iam = boto3.client('iam')
def refused(call, **input):
  try: call(**input)
  except ClientError as error: return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]
  return None
`;
const run = <T>(program: string) => python<T>(server.endpoint, prelude + program);

describe.skipIf(!boto3)('boto3', () => {
  it('waits for users, roles, policies and profiles, and makes a credential report', async () => {
    const result = await run<Record<string, unknown>>(`
trust = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'Service':'lambda.amazonaws.com'},'Action':'sts:AssumeRole'}]})
allow = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'s3:*','Resource':'*'}]})
iam.create_user(UserName='ada'); iam.get_waiter('user_exists').wait(UserName='ada')
iam.create_role(RoleName='worker', AssumeRolePolicyDocument=trust); iam.get_waiter('role_exists').wait(RoleName='worker')
arn = iam.create_policy(PolicyName='all', PolicyDocument=allow)['Policy']['Arn']; iam.get_waiter('policy_exists').wait(PolicyArn=arn)
iam.create_instance_profile(InstanceProfileName='profile'); iam.get_waiter('instance_profile_exists').wait(InstanceProfileName='profile')
none = refused(iam.get_credential_report)
states = []
while True:
  states.append(iam.generate_credential_report()['State'])
  if states[-1] == 'COMPLETE': break
  time.sleep(0.05)
report = iam.get_credential_report()
rows = list(csv.DictReader(io.StringIO(report['Content'].decode())))
print(json.dumps({'none': none, 'first': states[0], 'users': [row['user'] for row in rows], 'columns': len(rows[0]), 'format': report['ReportFormat'], 'aware': report['GeneratedTime'].tzinfo is not None}))
`);
    expect(result).toEqual({
      none: ['ReportNotPresent', 410],
      first: 'STARTED',
      users: ['<root_account>', 'ada'],
      columns: 23,
      format: 'text/csv',
      aware: true,
    });
  });

  it('gives out seeds as text and as an image, and pages', async () => {
    const result = await run<Record<string, unknown>>(`
for n in range(5): iam.create_virtual_mfa_device(VirtualMFADeviceName=f'device{n}')
device = iam.create_virtual_mfa_device(VirtualMFADeviceName='last', Tags=[{'Key':'b','Value':'2'},{'Key':'a','Value':'1'}])['VirtualMFADevice']
pages = [len(page['VirtualMFADevices']) for page in iam.get_paginator('list_virtual_mfa_devices').paginate(PaginationConfig={'PageSize': 4})]
url = 'https://oidc.example.com/tenant'
provider = iam.create_open_id_connect_provider(Url=url, ClientIDList=['a'])['OpenIDConnectProviderArn']
print(json.dumps({
  'seed': len(base64.b32decode(device['Base32StringSeed'])), 'png': device['QRCodePNG'][1:4].decode(), 'pages': pages,
  'tags': [tag['Key'] for tag in iam.list_mfa_device_tags(SerialNumber=device['SerialNumber'])['Tags']],
  'provider': provider, 'url': iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)['Url'],
  'again': refused(iam.create_open_id_connect_provider, Url=url),
  'code': refused(iam.enable_mfa_device, UserName='ada', SerialNumber=device['SerialNumber'], AuthenticationCode1='000000', AuthenticationCode2='000001'),
  'weak': refused(iam.create_login_profile, UserName='ada', Password='short'),
  'saml': refused(iam.create_saml_provider, Name='idp', SAMLMetadataDocument='x' * 1000),
  'linked': iam.create_service_linked_role(AWSServiceName='ecs.amazonaws.com')['Role']['Path'],
}))
`);
    expect(result).toEqual({
      seed: 40,
      png: 'PNG',
      pages: [4, 2],
      tags: ['a', 'b'],
      provider: 'arn:aws:iam::000000000000:oidc-provider/oidc.example.com/tenant',
      url: 'oidc.example.com/tenant',
      again: ['EntityAlreadyExists', 409],
      code: ['InvalidAuthenticationCode', 403],
      weak: ['PasswordPolicyViolation', 400],
      saml: ['InvalidInput', 400],
      linked: '/aws-service-role/ecs.amazonaws.com/',
    });
  });
});
