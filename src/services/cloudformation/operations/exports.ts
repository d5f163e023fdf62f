import { reachable } from '../domain/localAddresses.ts';
import { ValidationError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, placeOf } from '../room.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html */
export async function ListExports(ctx: Context, input: { NextToken?: string }) {
  const page = await ctx.room.store.at(placeOf(ctx)).exports(limits.pageSize, input.NextToken);
  return {
    Exports: page.items.map(({ name, value, stackId }) => ({
      ExportingStackId: stackId,
      Name: name,
      Value: reachable(value, ctx.room.endpoint),
    })),
    NextToken: page.next,
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListImports.html */
export async function ListImports(ctx: Context, input: { ExportName: string; NextToken?: string }) {
  const reader = ctx.room.store.at(placeOf(ctx));
  if (!(await reader.export(input.ExportName))) {
    throw new ValidationError(`Export ${input.ExportName} does not exist`);
  }
  const page = await reader.importers(input.ExportName, limits.pageSize, input.NextToken);
  if (page.items.length === 0 && input.NextToken === undefined) {
    throw new ValidationError(`Export '${input.ExportName}' is not imported by any stack.`);
  }
  return { Imports: page.items, NextToken: page.next };
}
