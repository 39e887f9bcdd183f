import { onTestFinished } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import { openApiSource } from '../../../src/sources/openapi/open-api-source.ts'
import { withSearch } from '../../../src/sources/with-search.ts'
import { describeToolSource } from '../../contract/tool-source.ts'
import { httpStub } from '../../fakes/http-stub.ts'

describeToolSource('a source behind search', async () => {
  const running = Promise.withResolvers<void>()
  const stub = await httpStub(({ path }, response) => {
    if (path.endsWith('/wait')) return running.resolve()
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"Rex"}')
  })
  onTestFinished(() => stub.close())
  const operation = (operationId: string) => ({ get: { operationId, responses: { 200: { description: 'fine' } } } })
  const inline = {
    openapi: '3.1.0',
    info: { title: 'Pets', version: '1' },
    paths: { '/pet': operation('getPet'), '/wait': operation('wait') },
  }
  const config = { id: 'pets', kind: 'openapi', document: { inline }, baseUrl: stub.url, headers: {} } as const
  const api = openApiSource(config, { limits: defaultLimits })
  const source = withSearch(api, { mode: 'search', prefix: () => 'pets', limits: defaultLimits })
  onTestFinished(() => source.close())
  return {
    source,
    works: { key: 'call', args: { name: 'getPet' } },
    hangs: { key: 'call', args: { name: 'wait', arguments: {} }, running: () => running.promise },
  }
})
