/** CreateResource, GetResource(s), UpdateResource, DeleteResource. */
import type {
  CreateResourceRequest,
  DeleteResourceRequest,
  GetResourceRequest,
  GetResourcesRequest,
  UpdateResourceRequest,
} from '@aws-sdk/client-api-gateway';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { Resource } from '../domain/types.ts';
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from '../errors.ts';
import { resourcesPerApi } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import { findApi, findResource, limitOf, readPosition, writePosition } from './find.ts';

async function CreateResource(ctx: Context, input: CreateResourceRequest) {
  const apiId = input.restApiId ?? '';
  const pathPart = input.pathPart ?? '';
  return ctx.room.store.transact(async (tx) => {
    const parent = await findResource(tx, ctx, apiId, input.parentId ?? '');
    const resources = await tx.list('resource', ctx, apiId);
    if (resources.length >= resourcesPerApi) {
      throw new LimitExceededException('Maximum number of resources for this API has been reached');
    }
    checkPathPart(pathPart, parent, resources);
    const resource: Resource = {
      id: ctx.room.platform.ids.token(6),
      parentId: parent.id,
      pathPart,
      path: childPath(parent.path, pathPart),
      resourceMethods: {},
    };
    tx.put('resource', ctx, apiId, resource.id, resource);
    return resourceOutput(resource, false);
  });
}

function childPath(parent: string, pathPart: string): string {
  return parent === '/' ? `/${pathPart}` : `${parent}/${pathPart}`;
}

function checkPathPart(pathPart: string, parent: Resource, resources: readonly Resource[]): void {
  if (!/^(?:[a-zA-Z0-9._:\-~%$@!*'(),;=+&]+|\{[a-zA-Z0-9._:-]+\+?\})$/.test(pathPart)) {
    throw new BadRequestException(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    );
  }
  if (parent.pathPart?.endsWith('+}')) {
    throw new BadRequestException('Cannot create a child of a resource with a greedy path variable.');
  }
  const siblings = resources.filter((resource) => resource.parentId === parent.id);
  if (siblings.some((sibling) => sibling.pathPart === pathPart)) {
    throw new ConflictException(`Another resource with the same parent already has this name: ${pathPart}`);
  }
  const variable = (part: string | undefined) => part?.startsWith('{') && !part.endsWith('+}');
  const other = siblings.find((sibling) => variable(sibling.pathPart));
  if (variable(pathPart) && other) {
    throw new BadRequestException(
      `A sibling (${other.pathPart}) of this resource already has a variable path part -- only one is allowed`,
    );
  }
}

/** @param embed with its methods in full; otherwise only their names. */
export function resourceOutput(resource: Resource, embed: boolean) {
  const names = Object.keys(resource.resourceMethods);
  const methods = embed ? resource.resourceMethods : Object.fromEntries(names.map((name) => [name, {}]));
  return {
    id: resource.id,
    parentId: resource.parentId,
    pathPart: resource.pathPart,
    path: resource.path,
    resourceMethods: names.length > 0 ? methods : undefined,
  };
}

async function GetResource(ctx: Context, input: GetResourceRequest) {
  const resource = await findResource(ctx.room.store, ctx, input.restApiId ?? '', input.resourceId ?? '');
  return resourceOutput(resource, input.embed?.includes('methods') ?? false);
}

async function GetResources(ctx: Context, input: GetResourcesRequest) {
  const apiId = input.restApiId ?? '';
  await findApi(ctx.room.store, ctx, apiId);
  const after = input.position === undefined ? undefined : readPosition(input.position);
  const { items, last } = await ctx.room.store.page('resource', ctx, apiId, limitOf(input.limit), after);
  const embed = input.embed?.includes('methods') ?? false;
  return {
    items: items.map((resource) => resourceOutput(resource, embed)),
    position: last === undefined ? undefined : writePosition(last),
  };
}

const patchRules: PatchRules<Resource> = {
  '/parentId': rule.text('parentId'),
  '/pathPart': rule.text('pathPart'),
};

async function UpdateResource(ctx: Context, input: UpdateResourceRequest) {
  const apiId = input.restApiId ?? '';
  return ctx.room.store.transact(async (tx) => {
    const resource = await findResource(tx, ctx, apiId, input.resourceId ?? '');
    if (resource.parentId === undefined) throw new BadRequestException('Root resource cannot be updated');
    const updated = patched(resource, input.patchOperations, patchRules);
    const resources = await tx.list('resource', ctx, apiId);
    const parent = resources.find((other) => other.id === updated.parentId);
    if (!parent || below(resource.id, resources).some((child) => child.id === parent.id)) {
      throw new NotFoundException('Invalid Resource identifier specified');
    }
    const others = resources.filter((other) => other.id !== resource.id);
    checkPathPart(updated.pathPart ?? '', parent, others);
    updated.path = childPath(parent.path, updated.pathPart ?? '');
    for (const child of below(resource.id, resources)) {
      const path =
        child.id === resource.id ? updated.path : updated.path + child.path.slice(resource.path.length);
      tx.put('resource', ctx, apiId, child.id, child.id === resource.id ? updated : { ...child, path });
    }
    return resourceOutput(updated, false);
  });
}

async function DeleteResource(ctx: Context, input: DeleteResourceRequest) {
  const apiId = input.restApiId ?? '';
  await ctx.room.store.transact(async (tx) => {
    const resource = await findResource(tx, ctx, apiId, input.resourceId ?? '');
    if (resource.parentId === undefined) throw new BadRequestException('Root resource cannot be deleted');
    const resources = await tx.list('resource', ctx, apiId);
    for (const gone of below(resource.id, resources)) tx.delete('resource', ctx, apiId, gone.id);
  });
}

/** A resource and everything under it. */
function below(id: string, resources: readonly Resource[]): Resource[] {
  const own = resources.filter((resource) => resource.id === id);
  const children = resources.filter((resource) => resource.parentId === id);
  return [...own, ...children.flatMap((child) => below(child.id, resources))];
}

export const resourceOperations: Operations = {
  CreateResource,
  GetResource,
  GetResources,
  UpdateResource,
  DeleteResource,
};
