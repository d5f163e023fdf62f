/** What of AWS's API answers here: the operations that models describe against those that services define. */
import { loadModel } from '../protocol/index.ts';
import { services } from '../services/index.ts';

export interface ServiceCoverage {
  /** Folder name. */
  readonly service: string;
  /** The SDK's name of the service. */
  readonly serviceId: string;
  /** Every operation of the model, in its order. */
  readonly operations: readonly { readonly name: string; readonly implemented: boolean }[];
}

/** Loads every service's definition (none is opened). */
export async function coverage(): Promise<ServiceCoverage[]> {
  return Promise.all(
    services.map(async (entry) => {
      const model = loadModel(entry.model);
      const { operations } = await entry.load();
      return {
        service: entry.name,
        serviceId: model.metadata.serviceId,
        operations: Object.keys(model.operations).map((name) => ({
          name,
          implemented: Object.hasOwn(operations, name),
        })),
      };
    }),
  );
}
