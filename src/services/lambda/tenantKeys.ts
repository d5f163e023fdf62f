/** Keys of environments that serve one tenant: https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html */
export class TenantKeys {
  /** By the key that the environments of the version would have without tenants. */
  readonly #keys = new Map<string, Set<string>>();

  /** @param key of the version's environments. @returns of the tenant's. */
  keyOf(key: string, tenantId: string): string {
    let tenants = this.#keys.get(key);
    if (!tenants) {
      tenants = new Set();
      this.#keys.set(key, tenants);
    }
    const own = `${key}:tenant:${tenantId}`;
    tenants.add(own);
    return own;
  }

  /** Forgets the tenants. @returns every key under which environments may be, `key` among them. */
  take(key: string): string[] {
    const tenants = this.#keys.get(key);
    this.#keys.delete(key);
    return [key, ...(tenants ?? [])];
  }
}
