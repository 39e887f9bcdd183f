import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/**
 * Where the store of a configuration is when nothing is said: in the user's state folder (XDG Base Directory), one file
 * for each servers.json.
 *
 * @param configFile - the path of servers.json
 */
export function defaultStorePath(configFile: string, env: Readonly<Record<string, string | undefined>>): string {
  const given = env.XDG_STATE_HOME
  // A relative path is to be ignored (XDG Base Directory, "Basics").
  const state = given !== undefined && isAbsolute(given) ? given : join(env.HOME || homedir(), '.local', 'state')
  const name = createHash('sha256').update(resolve(configFile)).digest('hex').slice(0, 16)
  return join(state, 'patchbay', `${name}.sqlite`)
}
