import { setTimeout as sleep } from 'node:timers/promises'

/** Asks for one page of tools/list; gives the answer as it came, a whole JSON-RPC message. */
export type AskPage = (cursor?: string) => Promise<Buffer>

/** Between two lists while a server has no tool yet. */
const pauseMs = 10
const patienceMs = 60_000

/**
 * Walks tools/list to its last page, again while there is no tool on it: a gateway may list before its sources are read.
 *
 * @throws when there is still none after a minute
 */
export async function listTools(ask: AskPage): Promise<readonly Buffer[]> {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    const pages = await walkPages(ask)
    if (pages[0]?.includes('"inputSchema"')) return pages
    await sleep(pauseMs)
  }
  throw new Error('No tool was listed within a minute.')
}

/** Counts tools and bytes. Parses everything, so it is no work for the time that is measured. */
export function countTools(pages: readonly Buffer[]): { tools: number; bytes: number } {
  return {
    tools: pages.reduce((sum, page) => sum + JSON.parse(page.toString('utf8')).result.tools.length, 0),
    bytes: pages.reduce((sum, page) => sum + page.length, 0),
  }
}

/** Looks at both ends of a page, where the members of a result stand; its tools are of no interest here. */
export function nextCursor(page: Buffer): string | undefined {
  for (const part of [page.subarray(0, 1000), page.subarray(-1000)]) {
    const found = /"nextCursor":("[^"]*")/.exec(part.toString('latin1'))
    if (found?.[1] !== undefined) return JSON.parse(found[1])
  }
  return undefined
}

async function walkPages(ask: AskPage): Promise<readonly Buffer[]> {
  const pages: Buffer[] = []
  let cursor: string | undefined
  do {
    const page = await ask(cursor)
    pages.push(page)
    cursor = nextCursor(page)
  } while (cursor !== undefined)
  return pages
}
