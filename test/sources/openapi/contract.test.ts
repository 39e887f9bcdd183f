import { describeToolSource } from '../../contract/tool-source.ts'
import { openPetsApi } from '../../fakes/pets-api.ts'

describeToolSource('an API that an OpenAPI document describes', async () => {
  const { source, running } = await openPetsApi()
  return {
    source,
    works: { key: 'get /pet', args: {} },
    hangs: { key: 'get /wait', args: {}, running: () => running },
  }
})
