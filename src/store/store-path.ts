import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Where the store of a configuration is when nothing is said: in the user's state folder (XDG Base Directory), one file
 * for each servers.json.
 *
 * @param configFile - the path of servers.json
 */
export function defaultStorePath(configFile: string, env: Environment): string {
  const state = xdgFolder(env, 'XDG_STATE_HOME', ['.local', 'state'])
  const name = createHash('sha256').update(resolve(configFile)).digest('hex').slice(0, 16)
  return join(state, 'patchbay', `${name}.sqlite`)
}

/** Where what was read of large documents is kept: in the user's cache folder, whose content may be deleted at any time. */
export function documentCachePath(env: Environment): string {
  return join(xdgFolder(env, 'XDG_CACHE_HOME', ['.cache']), 'patchbay', 'documents')
}

function xdgFolder(env: Environment, name: string, below: readonly string[]): string {
  const given = env[name]
  // A relative path is to be ignored (XDG Base Directory, "Basics").
  return given !== undefined && isAbsolute(given) ? given : join(env.HOME || homedir(), ...below)
}
