import { lockPath, readLock, writeLock } from '../config/lock-file.ts'
import type { Catalog } from '../core/catalog.ts'
import { count } from '../core/count.ts'
import type { Lock, LockedSource } from '../core/lock.ts'
import { compareDefinitions, hashesOf, lockSource } from '../core/lock.ts'
import { noSource } from '../gateway/no-source.ts'
import type { Patchbay } from '../main.ts'
import { startPatchbay } from '../main.ts'
import type { CommonOptions } from './options.ts'

/** `accept`: true for every source, or the id of one. */
export type LockOptions = CommonOptions & Readonly<{ accept?: string | true; check?: boolean }>

/**
 * `patchbay lock`: writes `patchbay.lock.json`. A source that is not in it is added; what differs from it is printed and
 * left as it was accepted, unless `--accept` takes it over. Exit code 1 when something is left to review, or when a source
 * could not be listed.
 */
export async function lockCommand({ config, logLevel, accept, check }: LockOptions): Promise<void> {
  const patchbay = await startPatchbay({ config, logLevel, watch: false, patient: true, readOnly: true })
  try {
    await patchbay.gateway.settled()
    const path = lockPath(patchbay.config().directory)
    // A lock that cannot be read is only ever replaced whole.
    const before = accept === true ? await readLock(path).catch(() => undefined) : await readLock(path)
    const { lock, lines, open } = updateLock(before, patchbay, accept)
    process.stdout.write(lines.map(line => `${line}\n`).join(''))
    if (open) process.exitCode = 1
    if (check === true) return
    await writeLock(path, lock)
    const locked = [...lock.values()].reduce((sum, { tools }) => sum + tools.size, 0)
    process.stdout.write(`${path}: ${count(locked, 'tool')}\n`)
  } finally {
    await patchbay.close()
  }
}

type Update = Readonly<{ lock: Lock; lines: readonly string[]; open: boolean }>

function updateLock(before: Lock | undefined, { gateway, config }: Patchbay, accept: LockOptions['accept']): Update {
  const { sources, entryDigests } = config()
  if (typeof accept === 'string' && !sources.some(({ id }) => id === accept)) {
    throw noSource(
      'source',
      accept,
      sources.map(({ id }) => id),
    )
  }
  const states = new Map(gateway.health().map(({ id, state, lastFailure }) => [id, { state, lastFailure }]))
  const lock = new Map<string, LockedSource>()
  const lines: string[] = []
  let open = false
  for (const { id, lock: mode } of sources) {
    const old = before?.get(id)
    if (mode === 'off') continue
    const { state, lastFailure } = states.get(id) ?? { state: 'failed', lastFailure: undefined }
    if (state !== 'ready') {
      lines.push(`${id}: left as it was, since it is ${state}: ${lastFailure?.message ?? 'it was not listed in time.'}`)
      if (old !== undefined) lock.set(id, old)
      open = true
      continue
    }
    const now = lockNow(id, gateway.catalog(), entryDigests[id] ?? '')
    const differences = old === undefined ? [] : describe(old, now)
    const accepted = old === undefined || accept === true || accept === id
    if (old === undefined)
      lines.push(`${id}: ${count(now.tools.size, 'tool')} ${now.tools.size === 1 ? 'is' : 'are'} locked`)
    lines.push(...differences.map(line => `${id}: ${line}${accepted ? ', accepted' : ''}`))
    if (!accepted && differences.length > 0) {
      open = true
      lines.push(`${id}: review this, then run: patchbay lock --accept ${id}`)
    }
    lock.set(id, accepted || differences.length === 0 ? now : (old as LockedSource))
  }
  for (const id of before?.keys() ?? []) {
    if (!lock.has(id)) lines.push(`${id}: taken out of the lock; it is not in the configuration, or its lock is off`)
  }
  return { lock, lines, open }
}

/** What is offered, also what the lock in force holds back. */
function lockNow(id: string, { entries, quarantined, ledgers }: Catalog, entry: string): LockedSource {
  const all = [...entries, ...quarantined].filter(({ sourceId }) => sourceId === id)
  return lockSource(all, ledgers.get(id)?.prefix ?? '', entry)
}

function describe(old: LockedSource, now: LockedSource): string[] {
  const { added, changed, removed } = compareDefinitions(hashesOf(old), hashesOf(now))
  const nameOf = (key: string): string => now.tools.get(key)?.name ?? old.tools.get(key)?.name ?? key
  return [
    ...added.map(key => `${nameOf(key)} is new`),
    ...changed.map(key => `${nameOf(key)} has changed`),
    ...removed.map(key => `${nameOf(key)} is gone`),
  ]
}
