import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives every test, and every child of one, folders for state and for caches that are not the user's. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-state-'))
  process.env.XDG_STATE_HOME = folder
  process.env.XDG_CACHE_HOME = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
