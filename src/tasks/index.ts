export {
  type RetryPolicy,
  type Task,
  TaskAbandoned,
  TaskPostponed,
  type TaskQueue,
  type TaskQueueOptions,
  type Tasks,
} from './port.ts';
export { DurableTasks, type DurableTasksOptions } from './tasks.ts';
