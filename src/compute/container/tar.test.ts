import { expect, it } from 'vitest';
import { entriesOf } from './tar.ts';

it('an archive’s list has long names too', () => {
  const header = (name: string, type: string, size = 0) => {
    const block = Buffer.alloc(512);
    block.write(name, 0);
    block.write(size.toString(8).padStart(11, '0'), 124);
    block.write(type, 156);
    return block;
  };
  const long = `extensions/${'x'.repeat(120)}`;
  const body = Buffer.alloc(512);
  body.write(long);
  const archive = Buffer.concat([
    header('extensions/', '5'),
    header('extensions/a', '0', 600),
    Buffer.alloc(1024),
    header('././@LongLink', 'L', long.length),
    body,
    header(long.slice(0, 100), '0'),
    header('extensions/link', '2'),
    Buffer.alloc(1024),
  ]);
  expect(entriesOf(archive)).toEqual([
    { path: 'extensions/', kind: 'folder' },
    { path: 'extensions/a', kind: 'file' },
    { path: long, kind: 'file' },
    { path: 'extensions/link', kind: 'link' },
  ]);
});
