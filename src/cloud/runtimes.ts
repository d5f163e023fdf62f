/** For the command line: the runtimes of this machine, without a cloud. */
export {
  CannotInstall,
  findEngine,
  install,
  Languages,
  noEngine,
  type RuntimeFinding,
  sdkFindings,
  thisMachine,
} from '../compute/index.ts';
