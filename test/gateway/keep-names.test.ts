import { expect, it } from 'vitest'
import type { Catalog } from '../../src/core/catalog.ts'
import { buildCatalog, emptyCatalog } from '../../src/core/catalog.ts'
import { keepNames } from '../../src/gateway/keep-names.ts'
import { memoryStore } from '../../src/store/memory-store.ts'

const source = (id: string, keys: readonly string[]) => ({
  id,
  tools: keys.map(key => ({ key, rank: key, tool: { name: key, inputSchema: {} } })),
})

it('a source that comes back after hundreds of others has the names that it had last', async () => {
  let catalog: Catalog = emptyCatalog
  let tell = (): void => {}
  const names = keepNames(memoryStore())
  names.follow({
    catalog: () => catalog,
    onChange: listener => {
      tell = listener
      return () => {}
    },
  })
  const offer = async (id: string, keys: readonly string[]): Promise<void> => {
    await names.load([id])
    const ledger = names.ledgerOf(id)
    const ledgers = new Map([...(ledger ? [[id, ledger] as const] : []), ...catalog.ledgers])
    catalog = buildCatalog([source(id, keys)], {}, { ...catalog, ledgers })
    tell()
  }
  await offer('pets', ['get.pet', 'get_pet'])
  await names.close()
  for (let at = 0; at < 300; at += 1) await offer(`other ${at}`, ['x'])
  expect(catalog.ledgers.has('pets')).toBe(false)
  // Without what it remembers the new one would have the name that it asks for.
  await offer('pets', ['get.pet', 'get/pet'])
  expect(catalog.entries.map(({ name }) => name)).toEqual(['pets__get_pet_2', 'pets__get_pet_3'])
  await names.close()
})
