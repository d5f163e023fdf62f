/** CreateRestApi's `cloneFrom`: resources, models, validators, authorizers and gateway responses of another API. */
import type { RestApi } from '../domain/types.ts';
import type { Context } from '../room.ts';
import type { ApiWriter } from '../store.ts';
import { findApi } from './find.ts';

export async function cloneApi(ctx: Context, tx: ApiWriter, from: string, to: RestApi): Promise<void> {
  const source = await findApi(tx, ctx, from);
  const resources = await tx.list('resource', ctx, source.id);
  const ids = new Map(
    resources.map((resource) => [
      resource.id,
      resource.id === source.rootResourceId ? to.rootResourceId : ctx.room.platform.ids.token(6),
    ]),
  );
  for (const resource of resources) {
    const id = ids.get(resource.id) as string;
    const parentId = resource.parentId === undefined ? undefined : ids.get(resource.parentId);
    tx.put('resource', ctx, to.id, id, { ...resource, id, parentId });
  }
  // Ids of validators and authorizers are unique within an API only, so methods keep pointing at theirs.
  for (const kind of ['model', 'validator', 'authorizer', 'gatewayResponse'] as const) {
    for (const part of await tx.list(kind, ctx, source.id)) {
      const id = 'responseType' in part ? part.responseType : kind === 'model' ? part.name : part.id;
      tx.put(kind, ctx, to.id, id as string, part as never);
    }
  }
}
