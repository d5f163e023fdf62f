/** The AWS::IAM types that are certificates and MFA devices. */
import type { ResourceContext, ResourceType } from '../../platform/index.ts';
import { consecutiveCodes } from './domain/totp.ts';
import { pick, retag, strings, tagsOf, unlessMissing } from './resourceSteps.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-servercertificate.html */
export const serverCertificate: ResourceType = {
  name: 'AWS::IAM::ServerCertificate',
  properties: {
    CertificateBody: { type: 'string', required: true, createOnly: true },
    CertificateChain: { type: 'string', createOnly: true },
    Path: { type: 'string' },
    PrivateKey: { type: 'string', required: true, createOnly: true },
    ServerCertificateName: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
  },
  attributes: ['Arn'],
  async create(ctx, properties) {
    const name = (properties.ServerCertificateName as string | undefined) ?? ctx.generateName(128);
    const { ServerCertificateMetadata } = await ctx.aws.call<{ ServerCertificateMetadata: { Arn: string } }>(
      'iam',
      'UploadServerCertificate',
      {
        ServerCertificateName: name,
        ...pick(properties, ['CertificateBody', 'CertificateChain', 'Path', 'PrivateKey']),
        ...tagsOf(ctx, properties),
      },
    );
    return { physicalId: name, attributes: { Arn: ServerCertificateMetadata.Arn } };
  },
  async update(ctx, current, properties, previous) {
    const certificate = { ServerCertificateName: current.physicalId };
    if (properties.Path !== previous.Path) {
      await ctx.aws.call('iam', 'UpdateServerCertificate', {
        ...certificate,
        NewPath: properties.Path ?? '/',
      });
    }
    await retag(ctx, 'ServerCertificate', certificate, properties, previous);
    const { ServerCertificate } = await ctx.aws.call<{
      ServerCertificate: { ServerCertificateMetadata: { Arn: string } };
    }>('iam', 'GetServerCertificate', certificate);
    return { ...current, attributes: { Arn: ServerCertificate.ServerCertificateMetadata.Arn } };
  },
  async delete(ctx, current) {
    await unlessMissing(
      ctx.aws.call('iam', 'DeleteServerCertificate', { ServerCertificateName: current.physicalId }),
    );
  },
};

interface MadeDevice {
  VirtualMFADevice: { SerialNumber: string; Base32StringSeed: Uint8Array };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-virtualmfadevice.html */
export const virtualMfaDevice: ResourceType = {
  name: 'AWS::IAM::VirtualMFADevice',
  properties: {
    Path: { type: 'string', createOnly: true },
    Tags: { type: 'tags' },
    // The seed is known while the device is made and at no other time: nobody else can be given it later.
    Users: { type: 'array', required: true, createOnly: true },
    VirtualMfaDeviceName: { type: 'string', createOnly: true },
  },
  attributes: ['SerialNumber'],
  async create(ctx, properties) {
    const { VirtualMFADevice } = await ctx.aws.call<MadeDevice>('iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: properties.VirtualMfaDeviceName ?? ctx.generateName(128),
      ...pick(properties, ['Path']),
      ...tagsOf(ctx, properties),
    });
    const { SerialNumber, Base32StringSeed } = VirtualMFADevice;
    const seed = Buffer.from(Base32StringSeed).toString();
    try {
      for (const UserName of strings(properties.Users)) {
        const [AuthenticationCode1, AuthenticationCode2] = consecutiveCodes(seed, ctx.clock.now());
        await ctx.aws.call('iam', 'EnableMFADevice', {
          UserName,
          SerialNumber,
          AuthenticationCode1,
          AuthenticationCode2,
        });
      }
    } catch (error) {
      await remove(ctx, SerialNumber, strings(properties.Users));
      throw error;
    }
    return { physicalId: SerialNumber, attributes: { SerialNumber } };
  },
  async update(ctx, current, properties, previous) {
    await retag(ctx, 'MFADevice', { SerialNumber: current.physicalId }, properties, previous);
    return current;
  },
  delete: (ctx, current, properties) => remove(ctx, current.physicalId, strings(properties.Users)),
};

async function remove(ctx: ResourceContext, SerialNumber: string, users: readonly string[]): Promise<void> {
  for (const UserName of users)
    await unlessMissing(ctx.aws.call('iam', 'DeactivateMFADevice', { UserName, SerialNumber }));
  await unlessMissing(ctx.aws.call('iam', 'DeleteVirtualMFADevice', { SerialNumber }));
}
