import { onTestFinished } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import { withSearch } from '../../../src/sources/with-search.ts'
import { describeToolSource } from '../../contract/tool-source.ts'
import { openPetsApi } from '../../fakes/pets-api.ts'

describeToolSource('a source behind search', async () => {
  const { source: api, running } = await openPetsApi()
  const source = withSearch(api, { mode: 'search', prefix: () => 'pets', limits: defaultLimits })
  onTestFinished(() => source.close())
  return {
    source,
    works: { key: 'call', args: { name: 'getPet' } },
    hangs: { key: 'call', args: { name: 'wait', arguments: {} }, running: () => running },
  }
})
