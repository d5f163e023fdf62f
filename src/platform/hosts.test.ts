import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../store/index.ts';
import { HostBook, hostOwners } from './hosts.ts';

const owner = (name: string) => ({
  service: 'apigateway',
  endpoint: 'execute-api',
  params: { domain: name },
});

describe('the book of host names', () => {
  it('knows what was there when it was opened, and what came and went since', async () => {
    const store = new MemoryStore();
    await store.transact(async (tx) => hostOwners.put(tx, 'old.example.com', 'eu-west-1', owner('old')));
    const book = new HostBook(store);
    expect(book.isEmpty).toBe(true);
    await book.load();
    expect(book.find('old.example.com')?.params).toEqual({ domain: 'old' });
    await store.transact(async (tx) => {
      hostOwners.put(tx, 'new.example.com', 'eu-west-1', owner('new'));
      hostOwners.delete(tx, 'old.example.com', 'eu-west-1');
    });
    // Without being told: another process may have written them.
    await expect.poll(() => book.find('new.example.com')?.params).toEqual({ domain: 'new' });
    expect(book.find('old.example.com')).toBeUndefined();
    book.close();
  });

  it('lets the first of several regions answer, and a wildcard for one label only', async () => {
    const store = new MemoryStore();
    await store.transact(async (tx) => {
      hostOwners.put(tx, 'a.example.com', 'us-east-1', owner('far'));
      hostOwners.put(tx, 'a.example.com', 'eu-west-1', owner('near'));
      hostOwners.put(tx, '*.example.com', 'eu-west-1', owner('any'));
    });
    const book = new HostBook(store);
    await book.load();
    expect(book.find('a.example.com')?.params.domain).toBe('near');
    expect(book.find('b.example.com')?.params.domain).toBe('any');
    expect(book.find('a.b.example.com')).toBeUndefined();
    expect(book.find('example.com')).toBeUndefined();
    expect(book.find('localhost')).toBeUndefined();
    book.close();
  });
});
