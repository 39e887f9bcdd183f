import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { peakRssMb } from '../bench/harness/proc-stat.ts'
import type { Deeds } from './chaos.ts'
import { runChaos } from './chaos.ts'
import type { House } from './house.ts'
import { openHouse } from './house.ts'
import type { Tally } from './load.ts'
import { runLoad } from './load.ts'
import { measure } from './measure.ts'
import { complaints, toTable } from './report.ts'

// node soak/run.ts [MINUTES]
// Old and modern clients call stdio, HTTP and OpenAPI upstreams through one Patchbay, and leave in the middle of it, while
// upstreams are killed and the configuration changes. After a quiet pause it must hold no more than at the start: the exit
// code is 1 when it does, when it broke a call that no upstream's death excuses, or when it died.

const minutes = Number(process.argv[2] ?? 60)
if (!(minutes > 0)) throw new Error('Say for how many minutes.')

/** Sessions are swept once a minute, see `serve/mcp/mcp-sessions.ts`. */
const quietMs = 65_000

/** Node keeps what it once needed, so memory is compared only after it has seen the same load for a while. */
const warmUpMs = Math.max(120_000, Math.min(minutes * 20_000, 600_000))

const directory = mkdtempSync(join(tmpdir(), 'patchbay-soak-'))
const house = await openHouse(directory)
try {
  const deeds: Deeds = {}
  await runFor(warmUpMs, emptyTally(), {})
  await sleep(quietMs)
  const before = await measure(house)
  const tally = emptyTally()
  await runFor(minutes * 60_000, tally, deeds)
  await sleep(quietMs)
  const after = await measure(house)
  const findings = { before, after, tally, deeds, sessionsLeft: await countAlive(house, tally.sessions) }
  console.log(toTable(findings))
  const wrong = complaints(findings)
  if (wrong.length > 0) {
    console.log(`\n${wrong.join('\n')}`)
    process.exitCode = 1
  }
} finally {
  await house.stop()
  rmSync(directory, { recursive: true, force: true })
}

/** Load and chaos together; both are over when it returns. Each minute there is a line of how it goes. */
async function runFor(durationMs: number, tally: Tally, deeds: Deeds): Promise<void> {
  const end = AbortSignal.timeout(durationMs)
  const telling = setInterval(() => {
    console.error(
      `${tally.answered} answered, ${tally.failed} failed, ${tally.broken.length} broken, RSS at most ${Math.round(peakRssMb(house.pid))} MB`,
    )
  }, 60_000)
  await Promise.all([runLoad(house.origin, end, tally), runChaos(house, end, deeds)])
  clearInterval(telling)
}

function emptyTally(): Tally {
  return { answered: 0, failed: 0, left: 0, broken: [], sessions: [] }
}

/** How many of the sessions that were left are still answered; of many, those opened last. */
async function countAlive({ origin }: House, ids: readonly string[]): Promise<number> {
  let alive = 0
  for (const id of ids.slice(-500)) {
    const answer = await fetch(`${origin}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': id } })
    await answer.text()
    if (answer.status !== 404) alive += 1
  }
  return alive
}
