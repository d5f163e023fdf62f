/** Documentation versions: the parts of an API as they stood, for a stage to be published with. */
import type {
  CreateDocumentationVersionRequest,
  DeleteDocumentationVersionRequest,
  GetDocumentationVersionRequest,
  GetDocumentationVersionsRequest,
  UpdateDocumentationVersionRequest,
} from '@aws-sdk/client-api-gateway';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { DocumentationVersion } from '../domain/recorded.ts';
import { BadRequestException, ConflictException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, findPart, findStage, pageOf } from './find.ts';

const unknownVersion = 'Invalid Documentation version specified';

async function CreateDocumentationVersion(ctx: Context, input: CreateDocumentationVersionRequest) {
  const apiId = input.restApiId ?? '';
  const { documentationVersion = '', stageName } = input;
  if (documentationVersion.trim() === '') throw new BadRequestException('Documentation version is required');
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    if (await tx.get('documentationVersion', ctx, apiId, documentationVersion)) {
      throw new ConflictException('Documentation version already exists');
    }
    const version: DocumentationVersion = {
      version: documentationVersion,
      createdDate: ctx.now,
      description: input.description,
      parts: await tx.list('documentationPart', ctx, apiId),
    };
    tx.put('documentationVersion', ctx, apiId, version.version, version);
    if (stageName !== undefined) {
      const stage = await findStage(tx, ctx, apiId, stageName);
      tx.put('stage', ctx, apiId, stageName, { ...stage, documentationVersion, lastUpdatedDate: ctx.now });
    }
    return output(version);
  });
}

function output({ parts: _, ...version }: DocumentationVersion) {
  return { ...version, createdDate: new Date(version.createdDate) };
}

async function GetDocumentationVersion(ctx: Context, input: GetDocumentationVersionRequest) {
  const name = input.documentationVersion ?? '';
  const { store } = ctx.room;
  return output(
    await findPart(store, 'documentationVersion', ctx, input.restApiId ?? '', name, unknownVersion),
  );
}

async function GetDocumentationVersions(ctx: Context, input: GetDocumentationVersionsRequest) {
  const apiId = input.restApiId ?? '';
  await findApi(ctx.room.store, ctx, apiId);
  const { items, position } = await pageOf(ctx.room.store, 'documentationVersion', ctx, apiId, input);
  return { items: items.map(output), position };
}

const patchRules: PatchRules<DocumentationVersion> = { '/description': rule.text('description') };

async function UpdateDocumentationVersion(ctx: Context, input: UpdateDocumentationVersionRequest) {
  const apiId = input.restApiId ?? '';
  const name = input.documentationVersion ?? '';
  return ctx.room.store.transact(async (tx) => {
    const version = await findPart(tx, 'documentationVersion', ctx, apiId, name, unknownVersion);
    const updated = patched(version, input.patchOperations, patchRules);
    tx.put('documentationVersion', ctx, apiId, name, updated);
    return output(updated);
  });
}

async function DeleteDocumentationVersion(ctx: Context, input: DeleteDocumentationVersionRequest) {
  const apiId = input.restApiId ?? '';
  const name = input.documentationVersion ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findPart(tx, 'documentationVersion', ctx, apiId, name, unknownVersion);
    const stages = await tx.list('stage', ctx, apiId);
    const user = stages.find((stage) => stage.documentationVersion === name);
    if (user) {
      throw new BadRequestException(
        `Cannot delete documentation version '${name}': stage '${user.stageName}' is associated with it`,
      );
    }
    tx.delete('documentationVersion', ctx, apiId, name);
  });
}

export const documentationVersionOperations: Operations = {
  CreateDocumentationVersion,
  GetDocumentationVersion,
  GetDocumentationVersions,
  UpdateDocumentationVersion,
  DeleteDocumentationVersion,
};
