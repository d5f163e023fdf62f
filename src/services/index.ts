/** Every service of this cloud, a line each. Loaded lazily: a cloud that serves only DynamoDB pays only for DynamoDB. */
import type { ServiceEntry } from '../platform/index.ts';

export const services: readonly ServiceEntry[] = [];
