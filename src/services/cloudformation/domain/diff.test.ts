import { describe, expect, it } from 'vitest';
import { diffProperties, needsReplacement } from './diff.ts';
import { unknownYet } from './scope.ts';

const rules = {
  Name: { createOnly: true },
  Size: {},
  Path: { createOnly: true, default: '/' },
  Key: { members: { Id: { createOnly: true }, Note: {} } },
};

describe('diffProperties', () => {
  it.each<[object, object, [string, string, string][]]>([
    [{ Size: 1 }, { Size: 1 }, []],
    [{ Key: { Id: 1, Note: 2 } }, { Key: { Note: 2, Id: 1 } }, []],
    [{ Size: 1 }, { Size: 2 }, [['Size', 'Modify', 'Never']]],
    [{}, { Size: 2 }, [['Size', 'Add', 'Never']]],
    [{ Size: 2 }, {}, [['Size', 'Remove', 'Never']]],
    [{ Name: 'a' }, { Name: 'b' }, [['Name', 'Modify', 'Always']]],
    [{ Name: 'a' }, { Name: unknownYet }, [['Name', 'Modify', 'Conditionally']]],
    [{ Key: { Id: 1 } }, { Key: { Id: 1, Note: 1 } }, [['Key', 'Modify', 'Never']]],
    [{ Key: { Id: 1 } }, { Key: { Id: 2 } }, [['Key', 'Modify', 'Always']]],
    [{ Size: [1, 2] }, { Size: [2, 1] }, [['Size', 'Modify', 'Never']]],
    [{}, { Path: '/' }, [['Path', 'Add', 'Never']]],
    [{ Path: '/' }, {}, [['Path', 'Remove', 'Never']]],
    [{}, { Path: '/a/' }, [['Path', 'Add', 'Always']]],
    [{}, { Path: unknownYet }, [['Path', 'Add', 'Conditionally']]],
  ])('%j → %j', (before, after, expected) => {
    const changes = diffProperties(before as never, after as never, rules);
    expect(changes.map(({ name, change, requiresRecreation }) => [name, change, requiresRecreation])).toEqual(
      expected,
    );
    expect(needsReplacement(changes)).toBe(expected.some(([, , recreation]) => recreation === 'Always'));
  });
});
