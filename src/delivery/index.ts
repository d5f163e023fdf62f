export { DurableDeliveries, type DurableDeliveriesOptions } from './deliveries.ts';
export type { Deliveries, Delivery } from './port.ts';
