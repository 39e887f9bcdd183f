import { expect, it } from 'vitest'
import type { CatalogSource } from '../../../src/core/catalog.ts'
import { buildCatalog, viewOf } from '../../../src/core/catalog.ts'
import type { Items } from '../../../src/core/item-catalog.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { changedKinds } from '../../../src/serve/mcp/view-changes.ts'

const itemsOf = (...uris: string[]): Items => ({
  prompts: [],
  resources: uris.map(uri => ({ uri, name: uri })),
  resourceTemplates: [],
})
const tool = (key: string, _meta: JsonObject) => ({ key, rank: key, tool: { name: key, inputSchema: {}, _meta } })
const shown = tool('show', { ui: { resourceUri: 'ui://panel/a' } })
const pets: CatalogSource = { id: 'pets', tools: [shown, tool('list', {})], items: itemsOf('ui://panel/a', 'x://b') }

it.each<[string, CatalogSource, readonly string[]]>([
  [
    'the same ui:// URI as a tool is shown with',
    { id: 'shop', tools: [], items: itemsOf('ui://panel/a') },
    ['tools', 'resources'],
  ],
  ['another URI that both have', { id: 'shop', tools: [], items: itemsOf('x://b') }, ['resources']],
  ['nothing', { id: 'shop', tools: [], items: itemsOf() }, []],
])('when another source comes with %s', (_, shop, kinds) => {
  const [before, after] = [[pets], [pets, shop]].map(sources => viewOf(buildCatalog(sources, {}), { kind: 'all' }, {}))
  expect(before && after && changedKinds(before, after)).toEqual(kinds)
})
