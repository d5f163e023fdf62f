import { expect, it } from 'vitest';
import { unzippedBytesMax } from '../limits.ts';
import type { Code } from '../records.ts';
import { checkCombinedSize } from './layers.ts';

const code = (unzippedSize?: number): Code => ({
  blobId: 'b',
  sha256: '',
  size: 1,
  ...(unzippedSize === undefined ? {} : { unzippedSize }),
});
const layer = (unzippedSize?: number) => ({ arn: 'a', size: 1, code: code(unzippedSize) });

it('holds code and layers together to 250 MB', () => {
  expect(() => checkCombinedSize(code(unzippedBytesMax - 2), [layer(1), layer(1)])).not.toThrow();
  expect(() => checkCombinedSize(code(unzippedBytesMax - 2), [layer(1), layer(2)])).toThrow(
    'Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 262144001 bytes.',
  );
  // What was kept before sizes were measured passes.
  expect(() => checkCombinedSize(code(), [layer(unzippedBytesMax)])).not.toThrow();
});
