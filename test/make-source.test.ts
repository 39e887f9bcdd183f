import { describe, expect, it, onTestFinished } from 'vitest'
import { defaultLimits } from '../src/core/limits.ts'
import type { SourceConfig } from '../src/core/source-config.ts'
import type { ToolSource } from '../src/core/tool-source.ts'
import { makeSource } from '../src/make-source.ts'
import { fakeClient } from './fakes/client-link.ts'
import { answerOldEra, httpStub } from './fakes/http-stub.ts'
import { remoteConfig } from './sources/mcp/helpers.ts'

const signal = new AbortController().signal

/** The source of an entry for a server whose tool `fails` answers a status, and whose other tools work. */
async function sourceOf(status: number, more: object = {}): Promise<ToolSource> {
  const stub = await httpStub((request, response) => {
    if (request.rpc.params?.name === 'fails') response.writeHead(status).end('no')
    else answerOldEra(request, response)
  })
  const entry = { ...remoteConfig(stub.url), ...more } as SourceConfig
  const { source } = makeSource(entry, {
    config: () => {
      throw new Error('not asked for')
    },
    limits: { ...defaultLimits, breakerFailures: 2 },
    starts: async () => () => {},
    clientInfo: {},
    log: () => {},
    meter: { called: () => {}, answered: () => {} },
    watch: false,
    prefixOf: () => undefined,
  })
  onTestFinished(async () => {
    await source.close()
    await stub.close()
  })
  return source
}

const failTwice = async (source: ToolSource, client = fakeClient('one')): Promise<void> => {
  for (let times = 0; times < 2; times += 1) await source.call('fails', {}, { signal, client }).catch(() => {})
}
const works = (source: ToolSource, client = fakeClient('one')) =>
  source.call('works', {}, { signal, client }).then(
    () => true,
    (error: Error) => error.message,
  )

describe('the breaker of a server', () => {
  it.each([
    ['opens for one that is out of order', 503, expect.stringContaining('is not called for a while')],
    ['stays closed for one that refuses requests', 422, true],
    ['stays closed for one that has had too many', 429, true],
  ])('%s', async (_, status, expected) => {
    const source = await sourceOf(status)
    await failTwice(source)
    expect(await works(source)).toEqual(expected)
  })

  it('is one for each client where each has a session of its own', async () => {
    const source = await sourceOf(503, { perSession: true })
    await failTwice(source)
    expect(await works(source)).toContain('is not called for a while')
    expect(await works(source, fakeClient('two'))).toBe(true)
  })
})
