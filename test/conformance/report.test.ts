import { describe, expect, it } from 'vitest'
import { pairs } from '../../conformance/pairs.ts'
import type { Row } from '../../conformance/report.ts'
import { hasFailed, toReasons, toTable } from '../../conformance/report.ts'

const nothing = { passed: 9, failed: 0, warnings: 0, skipped: 0, reasons: [], failedRequired: [], failedOthers: [] }
const known = { 'tasks-a': 'No server can.' }

/** A row in which these scenarios failed. */
function row(failedRequired: readonly string[], failedOthers: readonly string[] = []): Row {
  return { name: 'pair', set: '2026-07-28', known, outcome: { ...nothing, failedRequired, failedOthers } }
}

describe('a run of the conformance suite', () => {
  it.each<[string, Row, boolean, RegExp]>([
    ['passes when what failed is known to', row([], ['tasks-a']), false, /as known\n +failed, as known: tasks-a$/],
    ['fails when a scored scenario fails', row(['ping'], ['tasks-a']), true, /FAIL\n +failed: ping\n/],
    ['fails when one fails that is not scored', row([], ['tasks-a', 'tasks-b']), true, /FAIL\n +failed: tasks-b\n/],
    ['fails when one passes that is known to fail', row([]), true, /FAIL\n +passed, so take out .*: tasks-a$/],
    [
      'fails when a pair cannot be run',
      { name: 'pair', set: '2026-07-28', known: {}, broken: 'no port' },
      true,
      /could not be run: no port$/,
    ],
    ['passes when nothing failed', { ...row([]), known: {} }, false, /pass$/],
  ])('%s', (_, given, fails, told) => {
    expect(hasFailed(given)).toBe(fails)
    expect(toTable([given])).toMatch(told)
  })

  it('says why a scenario is known to fail', () => {
    expect(toReasons(row([], ['tasks-a']))).toEqual(['pair | tasks-a: known: No server can.'])
  })

  it('lets nothing fail where both ends are of the old era, or the client is', () => {
    const excused = pairs.filter(({ revision, known }) => revision === '2025-11-25' && Object.keys(known).length > 0)
    expect(excused).toEqual([])
  })
})
