/** Custom domain names of REST APIs. https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html */
import type {
  CreateDomainNameAccessAssociationRequest,
  CreateDomainNameRequest,
  DeleteDomainNameAccessAssociationRequest,
  DeleteDomainNameRequest,
  GetDomainNameAccessAssociationsRequest,
  GetDomainNameRequest,
  GetDomainNamesRequest,
  RejectDomainNameAccessAssociationRequest,
  UpdateDomainNameRequest,
} from '@aws-sdk/client-api-gateway';
import { partitionOf } from '../../../kernel/index.ts';
import type { DomainName } from '../domain/customDomains.ts';
import { domainRules } from '../domain/domainPatch.ts';
import { patched } from '../domain/patch.ts';
import type { DomainAccess } from '../domain/recorded.ts';
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import {
  checkDomain,
  createDomain,
  deleteDomain,
  domainArn,
  findDomain,
  newDomain,
  placeDomain,
  writeDomain,
} from './customDomains.ts';
import { mapOf, pageOf } from './find.ts';

async function CreateDomainName(ctx: Context, input: CreateDomainNameRequest) {
  const types: string[] = input.endpointConfiguration?.types ?? ['EDGE'];
  const isPrivate = types.includes('PRIVATE');
  const domain = newDomain(ctx, input.domainName ?? '', {
    domainNameId: isPrivate ? ctx.room.platform.ids.token(10) : undefined,
    // A certificate that was uploaded whole is named; nobody sees its key again.
    certificateName: input.certificateName ?? (input.certificateBody ? input.domainName : undefined),
    certificateArn: input.certificateArn,
    regionalCertificateName: input.regionalCertificateName,
    regionalCertificateArn: input.regionalCertificateArn,
    ownershipVerificationCertificateArn: input.ownershipVerificationCertificateArn,
    endpointConfiguration: {
      types,
      ipAddressType: input.endpointConfiguration?.ipAddressType ?? (isPrivate ? 'dualstack' : 'ipv4'),
    },
    endpointAccessMode: input.endpointAccessMode,
    securityPolicy: input.securityPolicy,
    mutualTlsAuthentication: input.mutualTlsAuthentication,
    policy: input.policy,
    routingMode: input.routingMode,
    tags: mapOf(input.tags),
  });
  return output(ctx, await createDomain(ctx, domain, LimitExceededException));
}

function output(ctx: Context, domain: DomainName) {
  const { mappings: _m, rules: _r, certificateUploadDate, ...rest } = domain;
  return {
    ...rest,
    domainNameArn: domainArn(ctx, domain),
    certificateUploadDate: certificateUploadDate === undefined ? undefined : new Date(certificateUploadDate),
    domainNameStatus: 'AVAILABLE',
  };
}

async function GetDomainName(ctx: Context, input: GetDomainNameRequest) {
  return output(ctx, await findDomain(ctx.room.store, ctx, input.domainName, input.domainNameId));
}

async function GetDomainNames(ctx: Context, input: GetDomainNamesRequest) {
  if (input.resourceOwner === 'OTHER_ACCOUNTS') return { items: [] };
  const { items, position } = await pageOf(ctx.room.store, 'domain', ctx, '', input);
  return { items: items.map((domain) => output(ctx, domain)), position };
}

async function UpdateDomainName(ctx: Context, input: UpdateDomainNameRequest) {
  return ctx.room.store.transact(async (tx) => {
    const domain = await findDomain(tx, ctx, input.domainName, input.domainNameId);
    const updated = patched(domain, input.patchOperations, domainRules);
    placeDomain(ctx, updated);
    checkDomain(ctx, updated);
    writeDomain(ctx, tx, updated);
    return output(ctx, updated);
  });
}

async function DeleteDomainName(ctx: Context, input: DeleteDomainNameRequest) {
  await deleteDomain(ctx, input.domainName, input.domainNameId);
}

const privateArn = /^arn:[^:]+:apigateway:[^:]*:\d{12}:\/domainnames\/([^+]+)\+(.+)$/;

async function CreateDomainNameAccessAssociation(
  ctx: Context,
  input: CreateDomainNameAccessAssociationRequest,
) {
  const [, name, domainNameId] = privateArn.exec(input.domainNameArn ?? '') ?? [];
  if (name === undefined || domainNameId === undefined) {
    throw new BadRequestException(
      'Invalid domain name ARN: access associations are for private domain names',
    );
  }
  const access: DomainAccess = {
    id: ctx.room.platform.ids.token(10),
    domainName: name,
    domainNameId,
    accessAssociationSourceType: input.accessAssociationSourceType ?? '',
    accessAssociationSource: input.accessAssociationSource ?? '',
    tags: mapOf(input.tags),
  };
  return ctx.room.store.transact(async (tx) => {
    await findDomain(tx, ctx, name, domainNameId);
    const others = await tx.list('domainAccess', ctx, '');
    if (others.some((other) => associationArn(ctx, other) === associationArn(ctx, access))) {
      throw new ConflictException('A domain name access association for this VPC endpoint already exists');
    }
    tx.put('domainAccess', ctx, '', access.id, access);
    return associationOutput(ctx, access);
  });
}

function associationArn(ctx: Context, access: DomainAccess): string {
  const { domainName, domainNameId, accessAssociationSource } = access;
  return `arn:${partitionOf(ctx.region)}:apigateway:${ctx.region}:${ctx.account}:/domainnameaccessassociations/domainname/${domainName}+${domainNameId}/vpcesource/${accessAssociationSource}`;
}

function associationOutput(ctx: Context, access: DomainAccess) {
  const { domainName, domainNameId } = access;
  return {
    domainNameAccessAssociationArn: associationArn(ctx, access),
    domainNameArn: `arn:${partitionOf(ctx.region)}:apigateway:${ctx.region}:${ctx.account}:/domainnames/${domainName}+${domainNameId}`,
    accessAssociationSourceType: access.accessAssociationSourceType,
    accessAssociationSource: access.accessAssociationSource,
    tags: access.tags,
  };
}

async function GetDomainNameAccessAssociations(ctx: Context, input: GetDomainNameAccessAssociationsRequest) {
  if (input.resourceOwner === 'OTHER_ACCOUNTS') return { items: [] };
  const { items, position } = await pageOf(ctx.room.store, 'domainAccess', ctx, '', input);
  return { items: items.map((access) => associationOutput(ctx, access)), position };
}

async function DeleteDomainNameAccessAssociation(
  ctx: Context,
  input: DeleteDomainNameAccessAssociationRequest,
) {
  await dropAssociation(ctx, input.domainNameAccessAssociationArn);
}

async function RejectDomainNameAccessAssociation(
  ctx: Context,
  input: RejectDomainNameAccessAssociationRequest,
) {
  await dropAssociation(ctx, input.domainNameAccessAssociationArn);
}

async function dropAssociation(ctx: Context, arn: string | undefined): Promise<void> {
  await ctx.room.store.transact(async (tx) => {
    const all = await tx.list('domainAccess', ctx, '');
    const found = all.find((access) => associationArn(ctx, access) === arn);
    if (!found) throw new NotFoundException('Invalid domain name access association identifier specified');
    tx.delete('domainAccess', ctx, '', found.id);
  });
}

export const domainNameOperations: Operations = {
  CreateDomainName,
  GetDomainName,
  GetDomainNames,
  UpdateDomainName,
  DeleteDomainName,
  CreateDomainNameAccessAssociation,
  GetDomainNameAccessAssociations,
  DeleteDomainNameAccessAssociation,
  RejectDomainNameAccessAssociation,
};
