/** Models of WebSocket APIs: JSON schemas that routes check messages with. */
import type {
  CreateModelRequest,
  DeleteModelRequest,
  GetModelRequest,
  GetModelsRequest,
  GetModelTemplateRequest,
  UpdateModelRequest,
} from '@aws-sdk/client-apigatewayv2';
import { modelTemplate } from '../../domain/modelTemplate.ts';
import { BadRequestException, ConflictException } from '../../errors.ts';
import type { Context, Operations } from '../../room.ts';
import type { ApiReader } from '../../store.ts';
import type { HttpModel } from '../domain/types.ts';
import { autoDeploy } from './deploy.ts';
import { changesOf, findHttpPart, httpPage, requireWebSocket } from './find.ts';

async function check(reader: ApiReader, ctx: Context, apiId: string, model: HttpModel): Promise<void> {
  await requireWebSocket(reader, ctx, apiId);
  if (!/^[a-zA-Z0-9]{1,255}$/.test(model.Name)) {
    throw new BadRequestException(`Model name must be alphanumeric: ${model.Name}`);
  }
  if (!model.Schema) throw new BadRequestException('Schema is required');
  try {
    JSON.parse(model.Schema);
  } catch {
    throw new BadRequestException('Invalid model schema specified: the schema is no JSON');
  }
  const others = await reader.list('httpModel', ctx, apiId);
  if (others.some((other) => other.Name === model.Name && other.ModelId !== model.ModelId)) {
    throw new ConflictException(`Model with name ${model.Name} already exists for this API`);
  }
}

async function CreateModel(ctx: Context, input: CreateModelRequest) {
  const apiId = input.ApiId ?? '';
  const model: HttpModel = {
    ModelId: ctx.room.platform.ids.token(6),
    Name: input.Name ?? '',
    ContentType: input.ContentType ?? 'application/json',
    Description: input.Description,
    Schema: input.Schema,
  };
  return ctx.room.store.transact(async (tx) => {
    await check(tx, ctx, apiId, model);
    tx.put('httpModel', ctx, apiId, model.ModelId, model);
    await autoDeploy(ctx, tx, apiId);
    return model;
  });
}

async function GetModel(ctx: Context, input: GetModelRequest) {
  return findHttpPart(ctx.room.store, 'httpModel', ctx, input.ApiId ?? '', input.ModelId ?? '', 'Model');
}

/** A mapping template to start from, which writes a payload of the model's shape. */
async function GetModelTemplate(ctx: Context, input: GetModelTemplateRequest) {
  const { Schema } = await GetModel(ctx, input);
  return { Value: modelTemplate(JSON.parse(Schema ?? '{}')) };
}

async function GetModels(ctx: Context, input: GetModelsRequest) {
  const apiId = input.ApiId ?? '';
  await requireWebSocket(ctx.room.store, ctx, apiId);
  return httpPage(ctx.room.store, 'httpModel', ctx, apiId, input);
}

async function UpdateModel(ctx: Context, input: UpdateModelRequest) {
  const apiId = input.ApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const known = await findHttpPart(tx, 'httpModel', ctx, apiId, input.ModelId ?? '', 'Model');
    const updated = { ...known, ...changesOf(input, ['ApiId', 'ModelId']) } as HttpModel;
    await check(tx, ctx, apiId, updated);
    tx.put('httpModel', ctx, apiId, known.ModelId, updated);
    await autoDeploy(ctx, tx, apiId);
    return updated;
  });
}

async function DeleteModel(ctx: Context, input: DeleteModelRequest) {
  const apiId = input.ApiId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const model = await findHttpPart(tx, 'httpModel', ctx, apiId, input.ModelId ?? '', 'Model');
    const routes = await tx.list('httpRoute', ctx, apiId);
    const user = routes.find((route) => Object.values(route.RequestModels ?? {}).includes(model.Name));
    if (user) {
      throw new ConflictException(
        `Cannot delete Model '${model.Name}', it is referenced in Route ${user.RouteId}`,
      );
    }
    tx.delete('httpModel', ctx, apiId, model.ModelId);
    await autoDeploy(ctx, tx, apiId);
  });
}

export const httpModelOperations: Operations = {
  CreateModel,
  GetModel,
  GetModelTemplate,
  GetModels,
  UpdateModel,
  DeleteModel,
};
