import type { Deeds } from './chaos.ts'
import type { Tally } from './load.ts'
import type { Holdings } from './measure.ts'

/** What a soak found. */
export type Findings = Readonly<{ before: Holdings; after: Holdings; tally: Tally; deeds: Deeds; sessionsLeft: number }>

/** Counts are small numbers, where a connection that is kept alive is more than a tenth. */
const slack = 3
const share = 0.1

/** What speaks against Patchbay; empty when nothing does. */
export function complaints({ before, after, tally, sessionsLeft }: Findings): readonly string[] {
  const grown = Object.entries(after).filter(([name, value]) => isGrown(before[name] ?? 0, value))
  return [
    ...grown.map(([name, value]) => `${name} grew from ${show(before[name] ?? 0)} to ${show(value)}`),
    ...(sessionsLeft > 0 ? [`${sessionsLeft} sessions outlived their time`] : []),
    ...(tally.answered === 0 ? ['no call was answered'] : []),
    ...[...new Set(tally.broken)].slice(0, 10).map(text => `broken: ${text}`),
  ]
}

/** The table for people. */
export function toTable({ before, after, tally, deeds, sessionsLeft }: Findings): string {
  const rows = Object.entries(after).map(([name, value]) => [name, show(before[name] ?? 0), show(value)])
  const lines = [['', 'START', 'END'], ...rows, ['sessions that outlived their time', '', String(sessionsLeft)]].map(
    ([name = '', from = '', to = '']) => `${name.padEnd(36)}${from.padStart(10)}${to.padStart(10)}`,
  )
  const counts = `${tally.answered} calls answered, ${tally.failed} failed, ${tally.left} clients left, ${tally.broken.length} broken`
  const done = Object.entries(deeds).map(([name, count]) => `${count} ${name}`)
  return [...lines, '', counts, done.join(', ')].join('\n')
}

function isGrown(from: number, to: number): boolean {
  return to > Math.max(from * (1 + share), from + slack)
}

function show(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}
