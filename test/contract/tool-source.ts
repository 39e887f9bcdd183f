import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/core/errors.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { ToolSource } from '../../src/core/tool-source.ts'

/** A source to test, with a call that works and one that does not end by itself. */
export type ContractSubject = Readonly<{
  source: ToolSource
  works: Readonly<{ key: string; args: JsonObject }>
  /** `running` resolves once the upstream works on it. */
  hangs: Readonly<{ key: string; args: JsonObject; running: () => Promise<unknown> }>
}>

const states = ['connecting', 'ready', 'degraded', 'needs_auth', 'failed', 'closed']

/**
 * What every source promises, whatever stands behind it.
 *
 * @param make - makes a source whose upstream is well, and sees to its end when the test ends
 */
export function describeToolSource(name: string, make: () => Promise<ContractSubject>): void {
  const never = new AbortController().signal

  describe(`the contract of a source, kept by ${name}`, () => {
    it('is made at once, with an id and a kind, and says how it is doing', async () => {
      const { source } = await make()
      expect(source.id).not.toBe('')
      expect(['mcp', 'openapi']).toContain(source.kind)
      expect(states).toContain(source.health().state)
    })

    it('lists tools with unique keys, a rank, and what makes a tool', async () => {
      const { source } = await make()
      const tools = await source.list({ signal: never })
      expect(new Set(tools.map(({ key }) => key)).size).toBe(tools.length)
      expect(tools.length).toBeGreaterThan(0)
      for (const { key, rank, tool } of tools) {
        expect([typeof key, typeof rank, typeof tool.name]).toEqual(['string', 'string', 'string'])
        expect(tool.inputSchema.type).toBe('object')
      }
      expect(source.health().state).toBe('ready')
    })

    it('lists the same keys every time, in the same order', async () => {
      const { source } = await make()
      const [first, second] = [await source.list({ signal: never }), await source.list({ signal: never })]
      expect(second.map(({ key }) => key)).toEqual(first.map(({ key }) => key))
    })

    it('calls a tool by its key, also before any list', async () => {
      const { source, works } = await make()
      const result = await source.call(works.key, works.args, { signal: never })
      expect(Array.isArray(result.content)).toBe(true)
      expect(result.isError ?? false).toBe(false)
    })

    it('runs calls side by side', async () => {
      const { source, works } = await make()
      const calls = Array.from({ length: 10 }, () => source.call(works.key, works.args, { signal: never }))
      expect((await Promise.all(calls)).every(({ isError }) => isError !== true)).toBe(true)
    })

    it('answers a key that it does not know with a failure, and lives on', async () => {
      const { source, works } = await make()
      const outcome = await source.call('no such key', {}, { signal: never }).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(GatewayError)
      else expect(outcome).toMatchObject({ isError: true })
      expect((await source.call(works.key, works.args, { signal: never })).isError ?? false).toBe(false)
    })

    it('ends a call when the caller goes away, and the next one works', async () => {
      const { source, hangs, works } = await make()
      const caller = new AbortController()
      const call = source.call(hangs.key, hangs.args, { signal: caller.signal })
      await hangs.running()
      caller.abort()
      await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
      expect((await source.call(works.key, works.args, { signal: never })).isError ?? false).toBe(false)
    })

    it('does not begin for a caller who is gone', async () => {
      const { source, works } = await make()
      const signal = AbortSignal.abort()
      await expect(source.call(works.key, works.args, { signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    })

    it('lets a listener stop listening', async () => {
      const { source } = await make()
      let told = 0
      const unfollow = source.onChange(() => {
        told += 1
      })
      unfollow()
      unfollow()
      await source.list({ signal: never })
      expect(told).toBe(0)
    })

    it('closes, twice if need be, ends what runs, and fails what comes after', async () => {
      const { source, hangs } = await make()
      const call = source.call(hangs.key, hangs.args, { signal: never })
      call.catch(() => {})
      await hangs.running()
      await source.close()
      await source.close()
      await expect(call).rejects.toBeInstanceOf(GatewayError)
      expect(source.health().state).toBe('closed')
      await expect(source.list({ signal: never })).rejects.toBeInstanceOf(GatewayError)
      await expect(source.call(hangs.key, {}, { signal: never })).rejects.toBeInstanceOf(GatewayError)
    })
  })
}
