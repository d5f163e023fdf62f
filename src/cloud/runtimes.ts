/** For the command line: the runtimes of this machine and what isolates them, without a cloud. */
export {
  CannotInstall,
  describeIsolation,
  findEngine,
  install,
  Languages,
  noEngine,
  type RuntimeFinding,
  sdkFindings,
  thisMachine,
} from '../compute/index.ts';
