/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html */
import type { WireJson } from '../../../kernel/index.ts';
import { Placeholders } from '../domain/expressions/placeholders.ts';
import { places, placeText } from '../domain/keys.ts';
import {
  checkConditionalOperator,
  checkConditions,
  conditionsPredicate,
  type LegacyCondition,
} from '../domain/legacyConditions.ts';
import { ValidationException } from '../errors.ts';
import type { Context } from '../room.ts';
import {
  checkSelect,
  checkStartKeyValues,
  indexOfRead,
  type ReadInput,
  type ReadOutput,
  readPage,
  readWirePage,
  shapeOf,
  startAfter,
} from './read.ts';
import {
  attributesToGet,
  bindConditionOf,
  bindProjectionOf,
  checkKeyPaths,
  checkParameterMix,
  tableOf,
} from './request.ts';

export interface ScanInput extends ReadInput {
  ScanFilter?: Record<string, LegacyCondition>;
  Segment?: number;
  TotalSegments?: number;
}

export async function Scan(ctx: Context, input: ScanInput): Promise<ReadOutput | WireJson> {
  checkParameterMix(
    input,
    ['ProjectionExpression', 'FilterExpression'],
    ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
  );
  const names = attributesToGet(input.AttributesToGet);
  checkConditions(input.ScanFilter);
  checkConditionalOperator(input.ConditionalOperator, input.ScanFilter);
  checkStartKeyValues(input.ExclusiveStartKey);
  checkSegments(input);
  checkSelect(input, false);
  const placeholders = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues);
  const filter = bindConditionOf('FilterExpression', input.FilterExpression, placeholders);
  const paths = bindProjectionOf(input.ProjectionExpression, placeholders) ?? names;
  placeholders.checkUnused();

  const table = await tableOf(ctx, input.TableName);
  const index = indexOfRead(table, input);
  const after = startAfter(table, index, input.ExclusiveStartKey, false);
  const shape = shapeOf(table, index, input, paths);
  const segment = segmentOf(input);
  const place = after?.[2] as string | undefined;
  if (
    place !== undefined &&
    ((segment.fromPlace !== undefined && place < placeText(segment.fromPlace)) ||
      (segment.toPlace !== undefined && place >= placeText(segment.toPlace)))
  ) {
    throw new ValidationException(
      `The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: ${input.TotalSegments} Segment: ${input.Segment}`,
    );
  }
  checkKeyPaths(paths, table);
  checkKeyPaths(filter?.paths, table);
  const { ScanFilter, ConditionalOperator } = input;
  const legacy =
    ScanFilter && Object.keys(ScanFilter).length > 0
      ? conditionsPredicate(ScanFilter, ConditionalOperator)
      : undefined;
  const read = ctx.request ? readWirePage : readPage;
  return read(ctx.room, table, index, input, {
    selection: segment,
    after,
    filter: filter?.matches ?? legacy,
    shape,
  });
}

function checkSegments({ Segment, TotalSegments }: ScanInput): void {
  if (Segment !== undefined && TotalSegments === undefined) {
    throw new ValidationException(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (TotalSegments === undefined) return;
  if (Segment === undefined) {
    throw new ValidationException(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (Segment >= TotalSegments) {
    throw new ValidationException(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
    );
  }
}

/** The range of places that a segment reads. */
function segmentOf({ Segment, TotalSegments }: ScanInput): { fromPlace?: number; toPlace?: number } {
  if (Segment === undefined || TotalSegments === undefined || TotalSegments === 1) return {};
  const fromPlace = Math.ceil((places * Segment) / TotalSegments);
  const toPlace = Math.ceil((places * (Segment + 1)) / TotalSegments);
  return { ...(Segment === 0 ? {} : { fromPlace }), ...(toPlace === places ? {} : { toPlace }) };
}
