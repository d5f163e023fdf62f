/** Models: JSON schemas by name. */
import type {
  CreateModelRequest,
  DeleteModelRequest,
  GetModelRequest,
  GetModelsRequest,
  GetModelTemplateRequest,
  UpdateModelRequest,
} from '@aws-sdk/client-api-gateway';
import { modelTemplate } from '../domain/modelTemplate.ts';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { Model } from '../domain/types.ts';
import { BadRequestException, ConflictException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, findPart, pageOf } from './find.ts';

async function CreateModel(ctx: Context, input: CreateModelRequest) {
  const apiId = input.restApiId ?? '';
  const model: Model = {
    id: ctx.room.platform.ids.token(6),
    name: input.name ?? '',
    description: input.description,
    contentType: input.contentType ?? '',
    schema: input.schema,
  };
  checkModel(model);
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    if (await tx.get('model', ctx, apiId, model.name)) {
      throw new ConflictException('Model name already exists for this REST API');
    }
    tx.put('model', ctx, apiId, model.name, model);
    return model;
  });
}

function checkModel(model: Model): void {
  if (!/^[a-zA-Z0-9]+$/.test(model.name)) {
    throw new BadRequestException(`Model name must be alphanumeric: ${model.name}`);
  }
  if (model.contentType === '') throw new BadRequestException('No content type specified');
  if (model.schema === undefined || model.schema === '') {
    throw new BadRequestException('Model schema must have at least 1 property or array items defined');
  }
  try {
    JSON.parse(model.schema);
  } catch {
    throw new BadRequestException(
      'Invalid model schema specified. Unsupported keyword(s): the schema is no JSON',
    );
  }
}

const unknownModel = (name: string) => `Invalid model name specified: ${name}`;

async function GetModel(ctx: Context, input: GetModelRequest) {
  const name = input.modelName ?? '';
  const { store } = ctx.room;
  const model = await findPart(store, 'model', ctx, input.restApiId ?? '', name, unknownModel(name));
  if (!input.flatten || !model.schema) return model;
  const models = await store.list('model', ctx, input.restApiId ?? '');
  return { ...model, schema: JSON.stringify(flatten(JSON.parse(model.schema), models, [name])) };
}

async function GetModelTemplate(ctx: Context, input: GetModelTemplateRequest) {
  const { schema } = await GetModel(ctx, { ...input, flatten: true });
  return { value: modelTemplate(JSON.parse(schema ?? '{}')) };
}

/** References to other models replaced by what they say. */
function flatten(schema: unknown, models: readonly Model[], path: readonly string[]): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => flatten(entry, models, path));
  if (typeof schema !== 'object' || schema === null) return schema;
  const reference = (schema as { $ref?: unknown }).$ref;
  const name = typeof reference === 'string' ? /\/models\/([^/#]+)$/.exec(reference)?.[1] : undefined;
  const target = models.find((model) => model.name === name);
  if (name && target?.schema) {
    if (path.includes(name)) throw new BadRequestException('Cannot flatten a model that refers to itself');
    return flatten(JSON.parse(target.schema), models, [...path, name]);
  }
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, flatten(value, models, path)]),
  );
}

async function GetModels(ctx: Context, input: GetModelsRequest) {
  await findApi(ctx.room.store, ctx, input.restApiId ?? '');
  return pageOf(ctx.room.store, 'model', ctx, input.restApiId ?? '', input);
}

const patchRules: PatchRules<Model> = {
  '/description': rule.text('description'),
  '/schema': rule.text('schema'),
};

async function UpdateModel(ctx: Context, input: UpdateModelRequest) {
  const apiId = input.restApiId ?? '';
  const name = input.modelName ?? '';
  return ctx.room.store.transact(async (tx) => {
    const model = await findPart(tx, 'model', ctx, apiId, name, unknownModel(name));
    const updated = patched(model, input.patchOperations, patchRules);
    checkModel(updated);
    tx.put('model', ctx, apiId, name, updated);
    return updated;
  });
}

async function DeleteModel(ctx: Context, input: DeleteModelRequest) {
  const apiId = input.restApiId ?? '';
  const name = input.modelName ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findPart(tx, 'model', ctx, apiId, name, unknownModel(name));
    for (const resource of await tx.list('resource', ctx, apiId)) {
      for (const method of Object.values(resource.resourceMethods)) {
        const used = [
          ...Object.values(method.requestModels ?? {}),
          ...Object.values(method.methodResponses ?? {}).flatMap((response) =>
            Object.values(response.responseModels ?? {}),
          ),
        ];
        if (used.includes(name)) {
          throw new ConflictException(
            `Cannot delete model '${name}', is referenced in method request or response: ${resource.path}/${method.httpMethod}`,
          );
        }
      }
    }
    tx.delete('model', ctx, apiId, name);
  });
}

export const modelOperations: Operations = {
  CreateModel,
  GetModel,
  GetModels,
  GetModelTemplate,
  UpdateModel,
  DeleteModel,
};
