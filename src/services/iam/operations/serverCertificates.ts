/** Server certificates: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadServerCertificate.html and its neighbours. */
import type {
  DeleteServerCertificateRequest,
  GetServerCertificateRequest,
  ListServerCertificatesRequest,
  UpdateServerCertificateRequest,
  UploadServerCertificateRequest,
} from '@aws-sdk/client-iam';
import type { Reader } from '../../../store/index.ts';
import { checkChain, checkKeyPair, readCertificate } from '../domain/certificates.ts';
import { newTags, tagsShown } from '../domain/tags.ts';
import { EntityAlreadyExists, LimitExceeded, NoSuchEntity } from '../errors.ts';
import { serverCertificatesMax } from '../limits.ts';
import { arnOf, type IamContext, listed, pageAfter, uniqueId } from '../room.ts';
import { type ServerCertificate, serverCertificates } from '../store/certificates.ts';
import { claimName, releaseName } from '../store/names.ts';

export async function UploadServerCertificate(ctx: IamContext, input: UploadServerCertificateRequest) {
  const { room, account, now } = ctx;
  const name = input.ServerCertificateName as string;
  const path = input.Path ?? '/';
  const parsed = readCertificate(input.CertificateBody as string);
  checkKeyPair(parsed, input.PrivateKey as string);
  if (input.CertificateChain !== undefined) checkChain(parsed, input.CertificateChain);
  const id = uniqueId(room, 'ASCA');
  const certificate: ServerCertificate = {
    name,
    id,
    path,
    arn: arnOf(account, 'server-certificate', path, name),
    uploadedAt: now,
    expiresAt: parsed.validToDate.getTime(),
    body: input.CertificateBody as string,
    chain: input.CertificateChain,
    privateKey: room.vault.seal(`iam.serverCertificate/${id}`, input.PrivateKey as string),
    tags: newTags(input.Tags),
  };
  await room.store.transactAside(async (tx) => {
    const isTaken = await serverCertificates.exists(tx, account, name);
    if (isTaken || !(await claimName(tx, account, 'server-certificate', name))) throw taken(name);
    let others = 0;
    for await (const _ of room.store.all(serverCertificates, account, tx)) others++;
    if (others >= serverCertificatesMax) {
      throw new LimitExceeded(
        `Cannot exceed quota for ServerCertificatesPerAccount: ${serverCertificatesMax}`,
      );
    }
    serverCertificates.put(tx, [account, name], certificate);
  });
  return { ServerCertificateMetadata: shown(certificate), ...tagsShown(certificate) };
}

export async function GetServerCertificate(ctx: IamContext, input: GetServerCertificateRequest) {
  const certificate = await certificateNamed(ctx, input.ServerCertificateName as string);
  return {
    ServerCertificate: {
      ServerCertificateMetadata: shown(certificate),
      CertificateBody: certificate.body,
      ...(certificate.chain === undefined ? {} : { CertificateChain: certificate.chain }),
      ...tagsShown(certificate),
    },
  };
}

export async function ListServerCertificates(ctx: IamContext, input: ListServerCertificatesRequest) {
  const all = await listed(ctx.room.store.all(serverCertificates, ctx.account), input.PathPrefix);
  const { page, paging } = pageAfter(all, input, ({ name }) => name);
  return { ServerCertificateMetadataList: page.map(shown), ...paging };
}

export async function UpdateServerCertificate(ctx: IamContext, input: UpdateServerCertificateRequest) {
  const { account } = ctx;
  await ctx.room.store.transactAside(async (tx) => {
    const certificate = await certificateNamed(ctx, input.ServerCertificateName as string, tx);
    const name = input.NewServerCertificateName ?? certificate.name;
    const path = input.NewPath ?? certificate.path;
    if (name !== certificate.name) {
      const isTaken = await serverCertificates.exists(tx, account, name);
      if (isTaken || !(await claimName(tx, account, 'server-certificate', name, certificate.name)))
        throw taken(name);
    }
    serverCertificates.delete(tx, account, certificate.name);
    const arn = arnOf(account, 'server-certificate', path, name);
    serverCertificates.put(tx, [account, name], { ...certificate, name, path, arn });
  });
  return {};
}

export async function DeleteServerCertificate(ctx: IamContext, input: DeleteServerCertificateRequest) {
  await ctx.room.store.transactAside(async (tx) => {
    const { name } = await certificateNamed(ctx, input.ServerCertificateName as string, tx);
    serverCertificates.delete(tx, ctx.account, name);
    releaseName(tx, ctx.account, 'server-certificate', name);
  });
  return {};
}

async function certificateNamed(
  ctx: IamContext,
  name: string,
  reader: Reader = ctx.room.store.reader,
): Promise<ServerCertificate> {
  const certificate = await serverCertificates.get(reader, ctx.account, name);
  if (!certificate) throw new NoSuchEntity(`The Server Certificate with name ${name} cannot be found.`);
  return certificate;
}

function taken(name: string) {
  return new EntityAlreadyExists(`The Server Certificate with name ${name} already exists.`);
}

function shown(certificate: ServerCertificate) {
  return {
    Path: certificate.path,
    ServerCertificateName: certificate.name,
    ServerCertificateId: certificate.id,
    Arn: certificate.arn,
    UploadDate: new Date(certificate.uploadedAt),
    Expiration: new Date(certificate.expiresAt),
  };
}
