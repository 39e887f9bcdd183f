import { onTestFinished } from 'vitest'
import { defaultLimits } from '../../src/core/limits.ts'
import type { ToolSource } from '../../src/core/tool-source.ts'
import { openApiSource } from '../../src/sources/openapi/open-api-source.ts'
import { httpStub } from './http-stub.ts'

/** An API of two operations as a source, both closed with the test. `running` resolves once `/wait` was asked: it never answers. */
export async function openPetsApi(): Promise<{ source: ToolSource; running: Promise<void> }> {
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
  const source = openApiSource(config, { limits: defaultLimits })
  onTestFinished(() => source.close())
  return { source, running: running.promise }
}
