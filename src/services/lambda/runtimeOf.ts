/** A function's runtime as the compute room names it: an identifier of AWS's, or a container image. */
import { type EnvironmentSpec, imageRuntime } from '../../compute/index.ts';
import type { Configuration } from './records.ts';

export function runtimeOf(configuration: Configuration): Pick<EnvironmentSpec, 'runtime' | 'image'> {
  const { image, imageConfig, architectures, runtime } = configuration;
  if (!image) return { runtime };
  return {
    runtime: imageRuntime,
    image: {
      reference: image.uri,
      ...(image.pinned === undefined ? {} : { pinned: image.pinned }),
      architecture: architectures[0] === 'arm64' ? 'arm64' : 'x86_64',
      ...imageConfig,
    },
  };
}
