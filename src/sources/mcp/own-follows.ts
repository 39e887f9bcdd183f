import type { JsonObject } from '../../core/json.ts'
import type { ServerFeatures } from '../../core/tool-source.ts'

/** Where the resources are followed that clients follow who may have a session of their own. */
export type OwnFollows = Readonly<{
  /** As {@link ServerFeatures.subscribe}, for one client. */
  follow(client: string, uri: string, onUpdate: (params: JsonObject) => void): () => void
  /** The client's session begins, or has ended: what it follows is followed there. */
  move(client: string): void
}>

type Follow = Readonly<{ uri: string; onUpdate: (params: JsonObject) => void }> & { stop: () => void }

/**
 * Follows what a client follows in its own session, whose state it reads, and in the shared one while it has none.
 *
 * @param featuresFor - those of the session that the client has now
 */
export function keepOwnFollows(featuresFor: (client: string) => Pick<ServerFeatures, 'subscribe'>): OwnFollows {
  const followed = new Map<string, Set<Follow>>()
  return {
    follow(client, uri, onUpdate) {
      const own: Follow = { uri, onUpdate, stop: featuresFor(client).subscribe(uri, onUpdate) }
      const follows = followed.get(client) ?? new Set()
      followed.set(client, follows.add(own))
      return () => {
        own.stop()
        follows.delete(own)
        if (follows.size === 0 && followed.get(client) === follows) followed.delete(client)
      }
    },
    move(client) {
      for (const each of followed.get(client) ?? []) {
        each.stop()
        each.stop = featuresFor(client).subscribe(each.uri, each.onUpdate)
      }
    },
  }
}
