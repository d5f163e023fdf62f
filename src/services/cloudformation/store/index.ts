export { StackStore } from './stackStore.ts';
export type { StackWriter } from './writer.ts';
