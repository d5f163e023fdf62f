/** For the command line: the runtimes of this machine, without a cloud. */
export {
  CannotInstall,
  install,
  Languages,
  type RuntimeFinding,
  sdkFindings,
  thisMachine,
} from '../compute/index.ts';
