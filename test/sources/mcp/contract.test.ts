import { onTestFinished } from 'vitest'
import { describeToolSource } from '../../contract/tool-source.ts'
import type { Upstream } from '../../fakes/sdk-servers.ts'
import { httpUpstream, modernUpstream, sseUpstream } from '../../fakes/sdk-servers.ts'
import { open, remoteConfig, stdioConfig, until } from './helpers.ts'

const works = { key: 'echo', args: { a: 1 } }

describeToolSource('an MCP server over stdio', async () => {
  const source = open(stdioConfig('ok'))
  return { source, works, hangs: { key: 'wait', args: {}, running: () => until(() => source.stderr.length > 0) } }
})

for (const [name, make] of [
  ['streamable HTTP', httpUpstream],
  ['HTTP+SSE', sseUpstream],
  ['modern HTTP', modernUpstream],
] as [string, () => Promise<Upstream>][]) {
  describeToolSource(`an MCP server over ${name}`, async () => {
    const upstream = await make()
    onTestFinished(() => upstream.close())
    const source = open(remoteConfig(upstream.url))
    return { source, works, hangs: { key: 'wait', args: {}, running: () => upstream.waiting } }
  })
}
