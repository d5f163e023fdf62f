/** Which release of a stage answers a request: production or the canary. */
import type { Ids } from '../../../kernel/index.ts';
import type { ServedStage } from './served.ts';

/** "Total API traffic is separated at random": each request by itself. */
export function releaseOf(served: ServedStage, ids: Ids): ServedStage {
  const { canary } = served;
  if (!canary || canary.share <= 0) return served;
  if (canary.share >= 1) return canary.served;
  return chance(ids) < canary.share ? canary.served : served;
}

/** Evenly spread over 0 ≤ x < 1. */
function chance(ids: Ids): number {
  const bytes = ids.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
}
