/** Request validators: which parts of a request a method checks. */
import type {
  CreateRequestValidatorRequest,
  DeleteRequestValidatorRequest,
  GetRequestValidatorRequest,
  GetRequestValidatorsRequest,
  UpdateRequestValidatorRequest,
} from '@aws-sdk/client-api-gateway';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { RequestValidator } from '../domain/types.ts';
import { ConflictException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, findPart, pageOf } from './find.ts';

const unknownValidator = 'Invalid Request Validator identifier specified';

async function CreateRequestValidator(ctx: Context, input: CreateRequestValidatorRequest) {
  const apiId = input.restApiId ?? '';
  const validator: RequestValidator = {
    id: ctx.room.platform.ids.token(6),
    name: input.name,
    validateRequestBody: input.validateRequestBody ?? false,
    validateRequestParameters: input.validateRequestParameters ?? false,
  };
  return ctx.room.store.transact(async (tx) => {
    await findApi(tx, ctx, apiId);
    tx.put('validator', ctx, apiId, validator.id, validator);
    return validator;
  });
}

async function GetRequestValidator(ctx: Context, input: GetRequestValidatorRequest) {
  const id = input.requestValidatorId ?? '';
  return findPart(ctx.room.store, 'validator', ctx, input.restApiId ?? '', id, unknownValidator);
}

async function GetRequestValidators(ctx: Context, input: GetRequestValidatorsRequest) {
  await findApi(ctx.room.store, ctx, input.restApiId ?? '');
  return pageOf(ctx.room.store, 'validator', ctx, input.restApiId ?? '', input);
}

const patchRules: PatchRules<RequestValidator> = {
  '/name': rule.text('name'),
  '/validateRequestBody': rule.flag('validateRequestBody'),
  '/validateRequestParameters': rule.flag('validateRequestParameters'),
};

async function UpdateRequestValidator(ctx: Context, input: UpdateRequestValidatorRequest) {
  const apiId = input.restApiId ?? '';
  const id = input.requestValidatorId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const validator = await findPart(tx, 'validator', ctx, apiId, id, unknownValidator);
    const updated = patched(validator, input.patchOperations, patchRules);
    tx.put('validator', ctx, apiId, id, updated);
    return updated;
  });
}

async function DeleteRequestValidator(ctx: Context, input: DeleteRequestValidatorRequest) {
  const apiId = input.restApiId ?? '';
  const id = input.requestValidatorId ?? '';
  await ctx.room.store.transact(async (tx) => {
    await findPart(tx, 'validator', ctx, apiId, id, unknownValidator);
    for (const resource of await tx.list('resource', ctx, apiId)) {
      for (const method of Object.values(resource.resourceMethods)) {
        if (method.requestValidatorId === id) {
          throw new ConflictException(
            `Cannot delete request validator '${id}', is referenced in method: ${method.httpMethod} for path ${resource.path}`,
          );
        }
      }
    }
    tx.delete('validator', ctx, apiId, id);
  });
}

export const requestValidatorOperations: Operations = {
  CreateRequestValidator,
  GetRequestValidator,
  GetRequestValidators,
  UpdateRequestValidator,
  DeleteRequestValidator,
};
