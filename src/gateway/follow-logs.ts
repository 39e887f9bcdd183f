import type { McpLogLevel } from '../core/client-link.ts'
import { logLevels } from '../core/client-link.ts'
import type { JsonObject } from '../core/json.ts'
import { isAtLeast } from '../core/log-level.ts'
import type { ToolSource } from '../core/tool-source.ts'

/** One who follows log messages: of which sources, from which level on. */
export type LogFollower = Readonly<{
  sees: (sourceId: string) => boolean
  level: McpLogLevel
  listener: (params: JsonObject) => void
}>

/** Passes the log messages that belong to no call on to whoever wants them. */
export type LogFollowers = Readonly<{
  /** Returns the way to stop. */
  follow: (follower: LogFollower) => () => void
  /** Takes over another set of sources. */
  replace: (sources: readonly ToolSource[]) => void
}>

/** Tells every source the least severe level that anyone of its followers wants, and each follower what it asked for. */
export function keepLogFollowers(): LogFollowers {
  const followers = new Set<LogFollower>()
  const followed = new Map<ToolSource, () => void>()

  const tellLevels = (): void => {
    for (const { id, features } of followed.keys()) {
      const wanted = [...followers].filter(({ sees }) => sees(id)).map(({ level }) => logLevels.indexOf(level))
      features?.setLogLevel(wanted.length === 0 ? undefined : logLevels[Math.min(...wanted)])
    }
  }
  const pass = (sourceId: string, params: JsonObject): void => {
    for (const { sees, level, listener } of followers)
      if (sees(sourceId) && isAtLeast(params.level, level)) listener(params)
  }

  return {
    follow(follower) {
      followers.add(follower)
      tellLevels()
      return () => {
        if (followers.delete(follower)) tellLevels()
      }
    },
    replace(sources) {
      for (const [source, unfollow] of followed) {
        if (sources.includes(source)) continue
        unfollow()
        followed.delete(source)
      }
      for (const source of sources) {
        if (followed.has(source) || source.features === undefined) continue
        followed.set(
          source,
          source.features.onLog(params => pass(source.id, params)),
        )
      }
      tellLevels()
    },
  }
}
