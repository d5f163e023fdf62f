/** The CloudFormation resource types of DynamoDB. */
import type { ResourceType } from '../../../platform/index.ts';
import { globalTable } from './globalTable.ts';
import { table } from './table.ts';

export const resources: readonly ResourceType[] = [table, globalTable];
