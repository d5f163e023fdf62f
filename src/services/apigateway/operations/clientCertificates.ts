/** Client certificates: what API Gateway would show a backend. Real ones, self-signed, for a year. */
import type {
  DeleteClientCertificateRequest,
  GenerateClientCertificateRequest,
  GetClientCertificateRequest,
  GetClientCertificatesRequest,
  UpdateClientCertificateRequest,
} from '@aws-sdk/client-api-gateway';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { ClientCertificate } from '../domain/recorded.ts';
import { BadRequestException, LimitExceededException, NotFoundException } from '../errors.ts';
import { clientCertificateDays, clientCertificatesPerAccount } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader } from '../store.ts';
import { mapOf, pageOf } from './find.ts';

async function GenerateClientCertificate(ctx: Context, input: GenerateClientCertificateRequest) {
  // Whole seconds: a certificate knows no others.
  const createdDate = Math.floor(ctx.now / 1000) * 1000;
  const expirationDate = createdDate + clientCertificateDays * 86_400_000;
  // The default export is the whole CommonJS module, in a bundle too; named ones are Node's guess.
  const { default: selfsigned } = await import('selfsigned');
  const made = await selfsigned.generate(
    [
      { name: 'commonName', value: 'ApiGateway' },
      { name: 'organizationName', value: 'Amazon.com Inc.' },
      { name: 'countryName', value: 'US' },
    ],
    {
      keySize: 2048,
      algorithm: 'sha256',
      notBeforeDate: new Date(createdDate),
      notAfterDate: new Date(expirationDate),
      extensions: [{ name: 'extKeyUsage', clientAuth: true }],
    },
  );
  const certificate: ClientCertificate = {
    clientCertificateId: ctx.room.platform.ids.token(6),
    description: input.description,
    pemEncodedCertificate: made.cert.trim(),
    privateKey: made.private,
    createdDate,
    expirationDate,
    tags: mapOf(input.tags),
  };
  await ctx.room.store.transact(async (tx) => {
    if ((await tx.list('clientCertificate', ctx, '')).length >= clientCertificatesPerAccount) {
      throw new LimitExceededException('Maximum number of client certificates has been reached');
    }
    tx.put('clientCertificate', ctx, '', certificate.clientCertificateId, certificate);
  });
  return output(certificate);
}

function output({ privateKey: _, ...certificate }: ClientCertificate) {
  return {
    ...certificate,
    createdDate: new Date(certificate.createdDate),
    expirationDate: new Date(certificate.expirationDate),
  };
}

async function find(reader: ApiReader, ctx: Context, id: string | undefined): Promise<ClientCertificate> {
  const certificate = await reader.get('clientCertificate', ctx, '', id ?? '');
  if (certificate) return certificate;
  throw new NotFoundException('Invalid Client Certificate identifier specified');
}

async function GetClientCertificate(ctx: Context, input: GetClientCertificateRequest) {
  return output(await find(ctx.room.store, ctx, input.clientCertificateId));
}

async function GetClientCertificates(ctx: Context, input: GetClientCertificatesRequest) {
  const { items, position } = await pageOf(ctx.room.store, 'clientCertificate', ctx, '', input);
  return { items: items.map(output), position };
}

const patchRules: PatchRules<ClientCertificate> = { '/description': rule.text('description') };

async function UpdateClientCertificate(ctx: Context, input: UpdateClientCertificateRequest) {
  return ctx.room.store.transact(async (tx) => {
    const certificate = await find(tx, ctx, input.clientCertificateId);
    const updated = patched(certificate, input.patchOperations, patchRules);
    tx.put('clientCertificate', ctx, '', certificate.clientCertificateId, updated);
    return output(updated);
  });
}

async function DeleteClientCertificate(ctx: Context, input: DeleteClientCertificateRequest) {
  await ctx.room.store.transact(async (tx) => {
    const { clientCertificateId } = await find(tx, ctx, input.clientCertificateId);
    for (const api of await tx.list('api', ctx, '')) {
      const stages = await tx.list('stage', ctx, api.id);
      const user = stages.find((stage) => stage.clientCertificateId === clientCertificateId);
      if (user) {
        throw new BadRequestException(
          `Client certificate '${clientCertificateId}' is in use by stage '${user.stageName}' of API '${api.id}'`,
        );
      }
    }
    tx.delete('clientCertificate', ctx, '', clientCertificateId);
  });
}

export const clientCertificateOperations: Operations = {
  GenerateClientCertificate,
  GetClientCertificate,
  GetClientCertificates,
  UpdateClientCertificate,
  DeleteClientCertificate,
};
