/** Key material: random bytes that never leave this service unsealed. */

import { invalidCiphertext } from './domain/cipher.ts';
import { specs } from './domain/keys.ts';
import type { KmsRoom } from './room.ts';
import type { Key, Material } from './store.ts';

const purpose = (keyId: string, materialId: string) => `kms.material/${keyId}/${materialId}`;
const idBytes = 32;

export function newMaterial(
  { ids, vault }: Pick<KmsRoom, 'ids' | 'vault'>,
  { id: keyId, spec }: Pick<Key, 'id' | 'spec'>,
  rotation?: NonNullable<Material['rotation']>,
): Material {
  const id = Buffer.from(ids.bytes(idBytes)).toString('hex');
  const sealed = vault.seal(purpose(keyId, id), ids.bytes(specs[spec].bytes));
  return { id, sealed, ...(rotation ? { rotation } : {}) };
}

/**
 * @param position from 0; the newest when absent.
 * @throws InvalidCiphertextException there is none at that position: only a blob asks for one that isn't the newest.
 */
export function openMaterial(
  { vault }: Pick<KmsRoom, 'vault'>,
  key: Key,
  position = key.materials.length - 1,
): { id: string; position: number; bytes: Uint8Array } {
  const material = key.materials[position];
  if (!material) throw invalidCiphertext();
  return { id: material.id, position, bytes: vault.open(purpose(key.id, material.id), material.sealed) };
}
