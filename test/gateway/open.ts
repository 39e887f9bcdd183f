import { onTestFinished } from 'vitest'
import { localCaller } from '../../src/core/caller.ts'
import type { Endpoint } from '../../src/core/catalog.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import type { Access } from '../../src/core/policy.ts'
import type { CallContext } from '../../src/core/tool-source.ts'
import type { Gateway, Scope } from '../../src/gateway/gateway.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import type { FakeSource } from '../fakes/sources.ts'

/** The endpoint of everything. */
const all: Endpoint = { kind: 'all' }
/** The context of a caller who waits. */
export const context: CallContext = { signal: new AbortController().signal }

/** A gateway over these sources, with what it logs; closed when the test ends. */
export function open(
  sources: readonly FakeSource[],
  groups: Record<string, string[]> = {},
  limits = {},
): Readonly<{ gateway: Gateway; logged: string[] }> {
  const logged: string[] = []
  const gateway = createGateway({ ...defaultLimits, ...limits }, (_, message) => logged.push(message))
  onTestFinished(() => gateway.close())
  gateway.replace(
    sources.map(source => ({ source })),
    groups,
  )
  return { gateway, logged }
}

/** The scope of a test: everyone, everything, unless it says otherwise. */
export function scope(more: Partial<Scope> & { access?: Access } = {}): Scope {
  const { access, ...rest } = more
  return { caller: access === undefined ? localCaller : { id: 'key', access }, endpoint: all, ...rest }
}

/** The names of a list. */
export async function names(gateway: Gateway, given: Scope = scope()): Promise<string[]> {
  return (await gateway.list(given)).tools.map(({ name }) => name)
}
