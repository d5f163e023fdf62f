/** Operations of IAM that other tests only pass by: what each does is read back by another, and what it refuses. Through the official SDK. */
import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateSAMLProviderCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeletePolicyVersionCommand,
  DeleteServerCertificateCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  GetGroupPolicyCommand,
  GetInstanceProfileCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetSAMLProviderCommand,
  GetServerCertificateCommand,
  IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListInstanceProfileTagsCommand,
  ListOpenIDConnectProviderTagsCommand,
  ListPolicyVersionsCommand,
  ListSAMLProviderTagsCommand,
  ListServerCertificatesCommand,
  ListServerCertificateTagsCommand,
  ListServiceSpecificCredentialsCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
  paginateListAttachedGroupPolicies,
  paginateListGroupPolicies,
  paginateListSAMLProviderTags,
  paginateListServerCertificates,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  SetDefaultPolicyVersionCommand,
  type Tag,
  TagInstanceProfileCommand,
  TagOpenIDConnectProviderCommand,
  TagSAMLProviderCommand,
  TagServerCertificateCommand,
  UntagInstanceProfileCommand,
  UntagOpenIDConnectProviderCommand,
  UntagSAMLProviderCommand,
  UntagServerCertificateCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateServerCertificateCommand,
  UpdateServiceSpecificCredentialCommand,
  UploadServerCertificateCommand,
} from '@aws-sdk/client-iam';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const account = '000000000000';
let cloud: Cloud;
let iam: IAMClient;
let certificate: { cert: string; private: string };
beforeAll(async () => {
  // Policies count: what is attached and detached is seen in what a user may do.
  cloud = await startCloud({ iam: 'enforce' });
  iam = new IAMClient(cloud.clientConfig);
  certificate = await generate([{ name: 'commonName', value: 'idp.example.com' }]);
});
afterAll(async () => {
  iam.destroy();
  await cloud.close();
});
beforeEach(() => cloud.reset());

const allow = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const missing = (message: string) => ({
  name: 'NoSuchEntityException',
  message,
  $metadata: { httpStatusCode: 404 },
});
const tags: Tag[] = [
  { Key: 'team', Value: 'red' },
  { Key: 'Cost', Value: '7' },
];

async function makePolicy(PolicyName: string, Action = 'iam:ListUsers', Path = '/'): Promise<string> {
  const made = await iam.send(new CreatePolicyCommand({ PolicyName, Path, PolicyDocument: allow(Action) }));
  return made.Policy?.Arn ?? '';
}

/** A user, and whether its key may list users. */
async function makeUser(UserName: string): Promise<{ mayList(): Promise<boolean>; destroy(): void }> {
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  const client = new IAMClient({ ...cloud.clientConfig, credentials });
  return {
    mayList: () =>
      client.send(new ListUsersCommand({})).then(
        () => true,
        (error: Error) => {
          if (error.name === 'AccessDenied') return false;
          throw error;
        },
      ),
    destroy: () => client.destroy(),
  };
}

describe('policies of groups', () => {
  const GroupName = 'admins';
  const unknownGroup = missing('The group with name nobody cannot be found.');
  beforeEach(() => iam.send(new CreateGroupCommand({ GroupName })));

  it('are listed, page by page, and detached', async () => {
    const one = await makePolicy('one');
    const two = await makePolicy('two', 'iam:GetUser', '/team/');
    for (const PolicyArn of [one, two])
      await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    const attached = async (more: object = {}) =>
      (await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName, ...more }))).AttachedPolicies;
    expect(await attached()).toEqual([
      { PolicyName: 'one', PolicyArn: one },
      { PolicyName: 'two', PolicyArn: two },
    ]);
    expect(await attached({ PathPrefix: '/team/' })).toEqual([{ PolicyName: 'two', PolicyArn: two }]);
    const pages = [];
    for await (const { AttachedPolicies, IsTruncated } of paginateListAttachedGroupPolicies(
      { client: iam, pageSize: 1 },
      { GroupName },
    )) {
      pages.push([AttachedPolicies?.map(({ PolicyName }) => PolicyName), IsTruncated]);
    }
    expect(pages).toEqual([
      [['one'], true],
      [['two'], false],
    ]);
    await expect(iam.send(new DeleteGroupCommand({ GroupName }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must detach all policies first.',
    });
    await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: one }));
    expect(await attached()).toEqual([{ PolicyName: 'two', PolicyArn: two }]);
    expect((await iam.send(new GetPolicyCommand({ PolicyArn: one }))).Policy?.AttachmentCount).toBe(0);
    await expect(iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: one }))).rejects.toMatchObject(
      missing(`Policy ${one} was not found.`),
    );
    await expect(
      iam.send(new DetachGroupPolicyCommand({ GroupName: 'nobody', PolicyArn: two })),
    ).rejects.toMatchObject(unknownGroup);
    await expect(
      iam.send(new ListAttachedGroupPoliciesCommand({ GroupName: 'nobody' })),
    ).rejects.toMatchObject(unknownGroup);
  });

  it('that stand in them are listed, page by page, and deleted', async () => {
    const put = (PolicyName: string) =>
      iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument: allow('iam:ListUsers') }));
    for (const name of ['second', 'first']) await put(name);
    const names = async () => (await iam.send(new ListGroupPoliciesCommand({ GroupName }))).PolicyNames;
    expect(await names()).toEqual(['first', 'second']);
    const pages = [];
    for await (const { PolicyNames } of paginateListGroupPolicies(
      { client: iam, pageSize: 1 },
      { GroupName },
    ))
      pages.push(PolicyNames);
    expect(pages).toEqual([['first'], ['second']]);
    await expect(iam.send(new DeleteGroupCommand({ GroupName }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must delete policies first.',
    });
    await iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: 'first' }));
    expect(await names()).toEqual(['second']);
    const gone = missing('The group policy with name first cannot be found.');
    const first = { GroupName, PolicyName: 'first' };
    await expect(iam.send(new GetGroupPolicyCommand(first))).rejects.toMatchObject(gone);
    await expect(iam.send(new DeleteGroupPolicyCommand(first))).rejects.toMatchObject(gone);
    await expect(
      iam.send(new DeleteGroupPolicyCommand({ GroupName: 'nobody', PolicyName: 'first' })),
    ).rejects.toMatchObject(unknownGroup);
    await expect(iam.send(new ListGroupPoliciesCommand({ GroupName: 'nobody' }))).rejects.toMatchObject(
      unknownGroup,
    );
    await iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: 'second' }));
    await iam.send(new DeleteGroupCommand({ GroupName }));
  });
});

describe('policies of users', () => {
  const unknownUser = missing('The user with name nobody cannot be found.');

  it('are listed, those attached apart from those that stand in the user', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'ada' }));
    const arn = await makePolicy('lists');
    await iam.send(new AttachUserPolicyCommand({ UserName: 'ada', PolicyArn: arn }));
    for (const PolicyName of ['b', 'a'])
      await iam.send(
        new PutUserPolicyCommand({ UserName: 'ada', PolicyName, PolicyDocument: allow('iam:GetUser') }),
      );
    const attached = await iam.send(new ListAttachedUserPoliciesCommand({ UserName: 'ada' }));
    expect(attached).toMatchObject({
      AttachedPolicies: [{ PolicyName: 'lists', PolicyArn: arn }],
      IsTruncated: false,
    });
    const first = await iam.send(new ListUserPoliciesCommand({ UserName: 'ada', MaxItems: 1 }));
    expect(first).toMatchObject({ PolicyNames: ['a'], IsTruncated: true });
    const second = await iam.send(new ListUserPoliciesCommand({ UserName: 'ada', Marker: first.Marker }));
    expect(second).toMatchObject({ PolicyNames: ['b'], IsTruncated: false });
    expect(second.Marker).toBeUndefined();
    await expect(iam.send(new ListAttachedUserPoliciesCommand({ UserName: 'nobody' }))).rejects.toMatchObject(
      unknownUser,
    );
    await expect(iam.send(new ListUserPoliciesCommand({ UserName: 'nobody' }))).rejects.toMatchObject(
      unknownUser,
    );
    await expect(
      iam.send(new ListUserPoliciesCommand({ UserName: 'ada', MaxItems: 1001 })),
    ).rejects.toMatchObject({ name: 'ValidationError', $metadata: { httpStatusCode: 400 } });
  });
});

describe('versions of policies', () => {
  it('count from the moment that one becomes the default', async () => {
    const user = await makeUser('ada');
    const PolicyArn = await makePolicy('changing', 'iam:GetUser');
    await iam.send(new AttachUserPolicyCommand({ UserName: 'ada', PolicyArn }));
    const { PolicyVersion } = await iam.send(
      new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('iam:ListUsers') }),
    );
    expect(PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: false });
    expect(await user.mayList()).toBe(false);
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
    expect(await user.mayList()).toBe(true);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy?.DefaultVersionId).toBe('v2');
    const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
      ['v2', true],
      ['v1', false],
    ]);
    await expect(
      iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' })),
    ).rejects.toMatchObject({ name: 'DeleteConflictException' });
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    expect(await user.mayList()).toBe(false);
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
    const gone = missing(`Policy ${PolicyArn} version v2 does not exist or is not attachable.`);
    await expect(
      iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v2' })),
    ).rejects.toMatchObject(gone);
    await expect(iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))).rejects.toMatchObject(
      gone,
    );
    user.destroy();
  });

  it('are refused where there is no policy, where the name is no version’s, and of AWS’s own', async () => {
    const unknown = `arn:aws:iam::${account}:policy/unknown`;
    const change = (PolicyArn: string, VersionId: string) =>
      iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId }));
    await expect(change(unknown, 'v1')).rejects.toMatchObject(missing(`Policy ${unknown} was not found.`));
    await expect(change(unknown, 'latest')).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("Value 'latest' at 'versionId' failed to satisfy constraint"),
    });
    await expect(change('arn:aws:iam::aws:policy/ReadOnlyAccess', 'v1')).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
  });
});

describe('OpenID Connect providers', () => {
  const OpenIDConnectProviderArn = `arn:aws:iam::${account}:oidc-provider/idp.example.com`;
  const named = { OpenIDConnectProviderArn };
  const thumbprint = '6938fd4d98bab03faadb97b34396831e3780aea1';
  const unknown = missing(`OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`);
  const make = () =>
    iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: 'https://idp.example.com',
        ClientIDList: ['app'],
        ThumbprintList: [thumbprint],
        Tags: tags,
      }),
    );
  const shown = () => iam.send(new GetOpenIDConnectProviderCommand(named));

  it('take clients and thumbprints', async () => {
    await make();
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'cli' }));
    // "It does not fail or return an error if you add an existing client ID to the provider."
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'cli' }));
    expect((await shown()).ClientIDList).toEqual(['app', 'cli']);
    await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID: 'app' }));
    await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID: 'app' }));
    expect((await shown()).ClientIDList).toEqual(['cli']);
    const other = 'a'.repeat(40);
    const change = (ThumbprintList: string[]) =>
      iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...named, ThumbprintList }));
    await change([other]);
    expect((await shown()).ThumbprintList).toEqual([other]);
    await expect(change(['short'])).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('Member must have length greater than or equal to 40'),
    });
    await expect(change(Array.from({ length: 6 }, () => other))).rejects.toMatchObject({
      name: 'InvalidInputException',
    });
    expect((await shown()).ThumbprintList).toEqual([other]);
  });

  it('have tags, until they are taken off', async () => {
    await make();
    const told = async () => (await iam.send(new ListOpenIDConnectProviderTagsCommand(named))).Tags;
    expect(await told()).toEqual([tags[1], tags[0]]);
    await iam.send(new TagOpenIDConnectProviderCommand({ ...named, Tags: [{ Key: 'Team', Value: 'blue' }] }));
    // "Tag key names are not case sensitive."
    await iam.send(new UntagOpenIDConnectProviderCommand({ ...named, TagKeys: ['cost', 'none'] }));
    expect(await told()).toEqual([{ Key: 'Team', Value: 'blue' }]);
    expect((await shown()).Tags).toEqual([{ Key: 'Team', Value: 'blue' }]);
  });

  it('that aren’t there have nothing to change', async () => {
    for (const answer of [
      () => iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'cli' })),
      () => iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID: 'cli' })),
      () =>
        iam.send(
          new UpdateOpenIDConnectProviderThumbprintCommand({ ...named, ThumbprintList: [thumbprint] }),
        ),
      () => iam.send(new ListOpenIDConnectProviderTagsCommand(named)),
      () => iam.send(new UntagOpenIDConnectProviderCommand({ ...named, TagKeys: ['team'] })),
    ]) {
      await expect(answer()).rejects.toMatchObject(unknown);
    }
  });
});

describe('SAML providers', () => {
  const SAMLProviderArn = `arn:aws:iam::${account}:saml-provider/corporate`;
  const named = { SAMLProviderArn };

  it('have tags', async () => {
    const x509 = certificate.cert.replace(/-----[^-]+-----|\s/g, '');
    await iam.send(
      new CreateSAMLProviderCommand({
        Name: 'corporate',
        SAMLMetadataDocument: `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/saml">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${x509}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
</md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>`,
      }),
    );
    expect((await iam.send(new ListSAMLProviderTagsCommand(named))).Tags).toEqual([]);
    await iam.send(new TagSAMLProviderCommand({ ...named, Tags: tags }));
    const pages = [];
    for await (const page of paginateListSAMLProviderTags({ client: iam, pageSize: 1 }, named))
      pages.push(page.Tags);
    expect(pages).toEqual([[tags[1]], [tags[0]]]);
    await iam.send(new UntagSAMLProviderCommand({ ...named, TagKeys: ['team'] }));
    expect((await iam.send(new GetSAMLProviderCommand(named))).Tags).toEqual([tags[1]]);
    await expect(
      iam.send(
        new TagSAMLProviderCommand({
          ...named,
          Tags: [
            { Key: 'a', Value: '1' },
            { Key: 'A', Value: '2' },
          ],
        }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    });
  });

  it('that aren’t there have none', async () => {
    for (const answer of [
      () => iam.send(new TagSAMLProviderCommand({ ...named, Tags: tags })),
      () => iam.send(new UntagSAMLProviderCommand({ ...named, TagKeys: ['team'] })),
      () => iam.send(new ListSAMLProviderTagsCommand(named)),
    ]) {
      await expect(answer()).rejects.toMatchObject(missing(`Manifest not found for arn ${SAMLProviderArn}`));
    }
  });
});

describe('instance profiles', () => {
  it('have tags', async () => {
    const named = { InstanceProfileName: 'worker' };
    await iam.send(new CreateInstanceProfileCommand({ ...named, Tags: tags.slice(0, 1) }));
    await iam.send(new TagInstanceProfileCommand({ ...named, Tags: tags.slice(1) }));
    expect(await iam.send(new ListInstanceProfileTagsCommand(named))).toMatchObject({
      Tags: [tags[1], tags[0]],
      IsTruncated: false,
    });
    await iam.send(new UntagInstanceProfileCommand({ ...named, TagKeys: ['Cost'] }));
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand(named));
    expect(InstanceProfile?.Tags).toEqual([tags[0]]);
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
    await expect(iam.send(new TagInstanceProfileCommand({ ...named, Tags: many }))).rejects.toMatchObject({
      name: 'LimitExceededException',
      $metadata: { httpStatusCode: 409 },
    });
    expect((await iam.send(new ListInstanceProfileTagsCommand(named))).Tags).toEqual([tags[0]]);
  });

  it('that aren’t there have none', async () => {
    const named = { InstanceProfileName: 'nobody' };
    for (const answer of [
      () => iam.send(new TagInstanceProfileCommand({ ...named, Tags: tags })),
      () => iam.send(new UntagInstanceProfileCommand({ ...named, TagKeys: ['team'] })),
      () => iam.send(new ListInstanceProfileTagsCommand(named)),
    ]) {
      await expect(answer()).rejects.toMatchObject(missing('Instance Profile nobody cannot be found.'));
    }
  });
});

describe('server certificates', () => {
  const unknown = missing('The Server Certificate with name site cannot be found.');
  const upload = (ServerCertificateName: string, Path = '/') =>
    iam.send(
      new UploadServerCertificateCommand({
        ServerCertificateName,
        Path,
        CertificateBody: certificate.cert,
        PrivateKey: certificate.private,
        Tags: tags,
      }),
    );
  const listed = async (more: object = {}) =>
    (await iam.send(new ListServerCertificatesCommand(more))).ServerCertificateMetadataList?.map(
      ({ Arn }) => Arn,
    );
  const arn = (place: string) => `arn:aws:iam::${account}:server-certificate/${place}`;

  it('are listed by path and by page, and gone when deleted', async () => {
    expect(await listed()).toEqual([]);
    await upload('site');
    await upload('cdn', '/cloudfront/');
    expect(await listed()).toEqual([arn('cloudfront/cdn'), arn('site')]);
    expect(await listed({ PathPrefix: '/cloudfront/' })).toEqual([arn('cloudfront/cdn')]);
    let pages = 0;
    for await (const _ of paginateListServerCertificates({ client: iam, pageSize: 1 }, {})) pages += 1;
    expect(pages).toBe(2);
    await iam.send(new DeleteServerCertificateCommand({ ServerCertificateName: 'site' }));
    expect(await listed()).toEqual([arn('cloudfront/cdn')]);
    const named = { ServerCertificateName: 'site' };
    await expect(iam.send(new GetServerCertificateCommand(named))).rejects.toMatchObject(unknown);
    await expect(iam.send(new DeleteServerCertificateCommand(named))).rejects.toMatchObject(unknown);
    // Its name is free again.
    await upload('site');
  });

  it('keep their tags through a change of name', async () => {
    await upload('old');
    await iam.send(
      new UpdateServerCertificateCommand({ ServerCertificateName: 'old', NewServerCertificateName: 'new' }),
    );
    const named = { ServerCertificateName: 'new' };
    expect((await iam.send(new ListServerCertificateTagsCommand(named))).Tags).toEqual([tags[1], tags[0]]);
    await iam.send(new TagServerCertificateCommand({ ...named, Tags: [{ Key: 'a', Value: '' }] }));
    await iam.send(new UntagServerCertificateCommand({ ...named, TagKeys: ['team', 'Cost'] }));
    const { ServerCertificate } = await iam.send(new GetServerCertificateCommand(named));
    expect(ServerCertificate?.Tags).toEqual([{ Key: 'a', Value: '' }]);
    for (const answer of [
      () => iam.send(new ListServerCertificateTagsCommand({ ServerCertificateName: 'site' })),
      () => iam.send(new UntagServerCertificateCommand({ ServerCertificateName: 'site', TagKeys: ['a'] })),
    ]) {
      await expect(answer()).rejects.toMatchObject(unknown);
    }
  });
});

describe('credentials for one service', () => {
  it('are switched off and deleted', async () => {
    const UserName = 'ada';
    for (const name of [UserName, 'bob']) await iam.send(new CreateUserCommand({ UserName: name }));
    const { ServiceSpecificCredential: made } = await iam.send(
      new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' }),
    );
    const named = { UserName, ServiceSpecificCredentialId: made?.ServiceSpecificCredentialId ?? '' };
    const listed = async () =>
      (await iam.send(new ListServiceSpecificCredentialsCommand({ UserName }))).ServiceSpecificCredentials;
    await iam.send(new UpdateServiceSpecificCredentialCommand({ ...named, Status: 'Inactive' }));
    expect(await listed()).toMatchObject([{ ...named, Status: 'Inactive' }]);
    await iam.send(new UpdateServiceSpecificCredentialCommand({ ...named, Status: 'Active' }));
    expect(await listed()).toMatchObject([{ ...named, Status: 'Active' }]);
    const gone = missing(`No such credential ${named.ServiceSpecificCredentialId} exists`);
    // Another user's isn't found.
    const bobs = { ...named, UserName: 'bob' };
    await expect(
      iam.send(new UpdateServiceSpecificCredentialCommand({ ...bobs, Status: 'Inactive' })),
    ).rejects.toMatchObject(gone);
    await expect(iam.send(new DeleteServiceSpecificCredentialCommand(bobs))).rejects.toMatchObject(gone);
    expect(await listed()).toHaveLength(1);
    await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({
      name: 'DeleteConflictException',
    });
    await iam.send(new DeleteServiceSpecificCredentialCommand(named));
    expect(await listed()).toEqual([]);
    await expect(iam.send(new DeleteServiceSpecificCredentialCommand(named))).rejects.toMatchObject(gone);
    await expect(
      iam.send(new UpdateServiceSpecificCredentialCommand({ ...named, Status: 'Inactive' })),
    ).rejects.toMatchObject(gone);
    await iam.send(new DeleteUserCommand({ UserName }));
  });
});
