import { describe, expect, it } from 'vitest';
import { deploy, eventsOf, stackOf, storyOf } from '../testing/asking.ts';
import { openWorkbench } from '../testing/workbench.ts';

const two = `
Resources:
  A: {Type: Toy::Thing}
  B: {Type: Toy::Thing, DependsOn: A}
`;

describe('DeleteStack', () => {
  it('deletes dependents first, frees the name and keeps the story under the id', async () => {
    const bench = await openWorkbench();
    await deploy(bench, 'CreateStack', two);
    const { StackId } = await stackOf(bench);
    bench.box.calls.length = 0;
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(bench.box.calls).toEqual(['delete B', 'delete A']);
    await expect(stackOf(bench)).rejects.toThrow('Stack with id s does not exist');
    expect((await stackOf(bench, StackId)).StackStatus).toBe('DELETE_COMPLETE');
    expect((await storyOf(bench, StackId)).at(-1)).toBe('s DELETE_COMPLETE');
    expect(await deploy(bench, 'CreateStack', two)).toBe('CREATE_COMPLETE');
  });

  it('succeeds for a stack that never was', async () => {
    const bench = await openWorkbench();
    await expect(bench.call('DeleteStack', { StackName: 'nothing' })).resolves.toBeUndefined();
  });

  it('keeps what is to be retained', async () => {
    const bench = await openWorkbench();
    await deploy(bench, 'CreateStack', 'Resources: {A: {Type: Toy::Thing, DeletionPolicy: Retain}}');
    const { StackId } = await stackOf(bench);
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(bench.box.toys.size).toBe(1);
    expect((await eventsOf(bench, StackId)).map(({ ResourceStatus }) => ResourceStatus)).toContain(
      'DELETE_SKIPPED',
    );
  });

  it('fails with the resource that would not go, and retries without it', async () => {
    const bench = await openWorkbench();
    await deploy(
      bench,
      'CreateStack',
      'Resources: {A: {Type: Toy::Thing, Properties: {Broken: delete}}, B: {Type: Toy::Thing, DependsOn: A}}',
    );
    const { StackId } = await stackOf(bench);
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(await stackOf(bench)).toMatchObject({
      StackStatus: 'DELETE_FAILED',
      StackStatusReason: 'The following resource(s) failed to delete: [A]. ',
    });
    await bench.call('DeleteStack', { StackName: 's', RetainResources: ['A'] });
    await bench.idle();
    expect((await stackOf(bench, StackId)).StackStatus).toBe('DELETE_COMPLETE');
    expect(bench.box.toys.size).toBe(1);
  });

  it('is refused while the stack is protected', async () => {
    const bench = await openWorkbench();
    await deploy(bench, 'CreateStack', two, { EnableTerminationProtection: true });
    await expect(bench.call('DeleteStack', { StackName: 's' })).rejects.toThrow(
      'Stack [s] cannot be deleted while TerminationProtection is enabled',
    );
    await bench.call('UpdateTerminationProtection', { StackName: 's', EnableTerminationProtection: false });
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(bench.box.toys.size).toBe(0);
  });

  it('stops a creation at work and deletes what it made', async () => {
    const bench = await openWorkbench();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let began: () => void = () => {};
    const started = new Promise<void>((resolve) => {
      began = resolve;
    });
    bench.box.intervene = (verb) => {
      if (verb !== 'create') return;
      began();
      return held;
    };
    const { StackId } = await bench.call<{ StackId: string }>('CreateStack', {
      StackName: 's',
      TemplateBody: two,
    });
    await started;
    await bench.call('DeleteStack', { StackName: 's' });
    expect((await stackOf(bench)).StackStatus).toBe('DELETE_IN_PROGRESS');
    release();
    await bench.idle();
    expect(bench.box.calls).toEqual(['create A', 'delete A']);
    expect((await stackOf(bench, StackId)).StackStatus).toBe('DELETE_COMPLETE');
  });

  it('is cancelled while another stack imports an export', async () => {
    const bench = await openWorkbench();
    await deploy(bench, 'CreateStack', `${two}Outputs: {A: {Value: !Ref A, Export: {Name: shared}}}`);
    const user = 'Resources: {U: {Type: Toy::Thing, Properties: {Label: !ImportValue shared}}}';
    await bench.call('CreateStack', { StackName: 'user', TemplateBody: user });
    await bench.idle();
    expect((await stackOf(bench, 'user')).StackStatus).toBe('CREATE_COMPLETE');
    expect(await bench.call('ListImports', { ExportName: 'shared' })).toMatchObject({ Imports: ['user'] });
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(await stackOf(bench)).toMatchObject({
      StackStatus: 'CREATE_COMPLETE',
      StackStatusReason: 'Delete canceled. Cannot delete export shared as it is in use by user.',
    });
    await bench.call('DeleteStack', { StackName: 'user' });
    await bench.idle();
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(await bench.call('ListExports', {})).toMatchObject({ Exports: [] });
  });
});
