/**
 * How stacks lie in the store, each under its account and region:
 *
 *   cloudformation.stack       [stackId]               → StackRecord
 *   cloudformation.name        [stackName]             → stackId, of the stack that has the name now
 *   cloudformation.created     [time, stackId]         → null, all stacks in order of creation
 *   cloudformation.inputs      [stackId]               → StackInputs
 *   cloudformation.operation   [stackId]               → OperationRecord, the last one
 *   cloudformation.resource    [stackId, logicalId]    → ResourceRecord
 *   cloudformation.journal     [stackId, logicalId, number] → JournalRecord, calls of a step at work
 *   cloudformation.event       [stackId, number]       → EventRecord
 *   cloudformation.export      [name]                  → ExportRecord
 *   cloudformation.import      [name, stackId]         → stackName of the stack that reads the export
 *   cloudformation.importer    [stackId, name]         → null, the same by stack
 *   cloudformation.changeSet   [stackId, name]         → ChangeSetRecord
 *   cloudformation.changeSetId [changeSetId]           → { stackId, name }
 *   cloudformation.token       [token, stackName]      → TokenRecord, for ClientRequestToken
 *
 * and of the cloud as a whole:
 *
 *   cloudformation.callback    [requestId]             → CallbackRecord, a custom resource's answer or the wait for it
 */
import { type KeyPart, type RecordSet, recordSet, sealed } from '../../../store/index.ts';
import type { Vault } from '../../../store/vault.ts';
import type {
  CallbackRecord,
  ChangeSetRecord,
  EventRecord,
  ExportRecord,
  JournalRecord,
  OperationRecord,
  ResourceRecord,
  StackInputs,
  StackRecord,
  TokenRecord,
} from '../records.ts';

type Placed<Parts extends readonly KeyPart[]> = readonly [account: string, region: string, ...Parts];

export const stacks = recordSet<Placed<[string]>, StackRecord>('cloudformation.stack');
export const names = recordSet<Placed<[string]>, string>('cloudformation.name');
export const created = recordSet<Placed<[number, string]>, null>('cloudformation.created');
const inputSets = recordSet<Placed<[string]>, StackInputs>('cloudformation.inputs');
const operations = recordSet<Placed<[string]>, OperationRecord>('cloudformation.operation');
const resourceSet = recordSet<Placed<[string, string]>, ResourceRecord>('cloudformation.resource');
const eventSet = recordSet<Placed<[string, number]>, EventRecord>('cloudformation.event');
const journals = recordSet<Placed<[string, string, number]>, JournalRecord>('cloudformation.journal');
export const exportSet = recordSet<Placed<[string]>, ExportRecord>('cloudformation.export');
export const imports = recordSet<Placed<[string, string]>, string>('cloudformation.import');
export const importersOf = recordSet<Placed<[string, string]>, null>('cloudformation.importer');
const changeSetSet = recordSet<Placed<[string, string]>, ChangeSetRecord>('cloudformation.changeSet');
export const changeSetIds = recordSet<Placed<[string]>, { stackId: string; name: string }>(
  'cloudformation.changeSetId',
);
export const tokens = recordSet<Placed<[string, string]>, TokenRecord>('cloudformation.token');

export const callbacks = recordSet<readonly [string], CallbackRecord>('cloudformation.callback');

/**
 * The sets that may hold what is nobody else's to read: parameters with NoEcho, secrets among properties, attributes and
 * outputs, answers of calls that made keys. They are sealed as a whole.
 */
export function sealedSets(vault: Vault) {
  const seal = <Parts extends readonly KeyPart[], Value>(set: RecordSet<Parts, Value>) =>
    set.coded(sealed(vault, set.prefix));
  return {
    stacks: seal(stacks),
    inputSets: seal(inputSets),
    operations: seal(operations),
    resourceSet: seal(resourceSet),
    eventSet: seal(eventSet),
    journals: seal(journals),
    changeSetSet: seal(changeSetSet),
  };
}

export type SealedSets = ReturnType<typeof sealedSets>;
