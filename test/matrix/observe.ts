import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../fakes/full/surface.ts'
import type { ProofClient } from './clients.ts'

/** All pages of a list as one. */
export async function readList(client: ProofClient, method: string, field: string): Promise<Json[]> {
  const items: Json[] = []
  let cursor: string | undefined
  for (let page = 0; page < 20; page += 1) {
    const result = await client.request(method, cursor === undefined ? {} : { cursor })
    items.push(...result[field])
    cursor = result.nextCursor
    if (cursor === undefined) return items
  }
  throw new Error(`${method} has no end.`)
}

/** What of a refusal must be the same: its code. What a server said itself must be the same whole. */
export async function refusal(answer: Promise<unknown>, whole?: 'as the server said it'): Promise<unknown> {
  try {
    return { answered: await answer }
  } catch (error) {
    const { code, data, message } = error as Json
    // SDK 1.x puts its own words before the server's.
    return whole === undefined
      ? { code }
      : { code, data, message: String(message).replace(/^(MCP error -?\d+: )+/, '') }
  }
}

/** Whether a call is refused, as a failure of the tool or as an error: who refuses it differs. */
export async function isRefused(answer: Promise<Json>): Promise<boolean> {
  return answer.then(
    result => result.isError === true,
    () => true,
  )
}

/** The params of what was told by one method. */
export function tellOnly(told: ProofClient['told'], method: string): Json[] {
  return told.filter(each => each.method === method).map(({ params }) => params)
}

/** Waits until something holds. @returns whether it came to hold within the time */
export async function until(holds: () => boolean | Promise<boolean>, patienceMs = 3_000): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > deadline) return false
    await sleep(10)
  }
  return true
}

/**
 * An observation without what belongs to one hop: whose server it is, how long a list may be kept, which stream tells it,
 * and the ids of progress and of a URL's completion.
 */
export function withoutHop(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHop)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .filter(([key, each]) => !isOfHop(key, each))
    .map(([key, each]) => [key, key === '_meta' ? ownMeta(each as Json) : withoutHop(each)] as const)
  return Object.fromEntries(kept.filter(([key, each]) => key !== '_meta' || Object.keys(each as Json).length > 0))
}

function isOfHop(key: string, value: unknown): boolean {
  if (value === undefined || key === 'progressToken') return true
  return (key === 'resultType' && value === 'complete') || key === 'ttlMs' || key === 'cacheScope'
}

function ownMeta(meta: Json): Json {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !key.startsWith('io.modelcontextprotocol/')))
}
