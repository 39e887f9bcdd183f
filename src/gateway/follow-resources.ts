import type { View } from '../core/catalog.ts'
import type { JsonObject } from '../core/json.ts'
import type { ToolSource } from '../core/tool-source.ts'

/** The resources that clients follow, whatever becomes of the sources that have them. */
export type ResourceFollowers = Readonly<{
  /**
   * Follows a resource by its URI in a view. Updates name it, or what is below it, by the URIs that the view has then.
   *
   * @param view - as it is at the moment
   * @param client - the id of the client, where it is known
   * @returns undefined where nobody has such a resource
   */
  follow: (
    view: () => View,
    uri: string,
    onUpdate: (params: JsonObject) => void,
    client?: string,
  ) => FollowedResource | undefined
  /**
   * Looks for the resources anew: their sources may have been replaced, or away, or URIs may lead elsewhere. Who follows
   * one at another place from now on is told of a possible change.
   */
  refresh: () => void
}>

/** The way to stop following; `begun` resolves when its server tells of updates, or is known not to. */
export type FollowedResource = Readonly<{ stop: () => void; begun: Promise<void> }>

type Follower = {
  readonly view: () => View
  readonly uri: string
  readonly onUpdate: (params: JsonObject) => void
  readonly client: string | undefined
  /** Where it is followed now; absent while nobody has it. */
  at?: Readonly<{ source: ToolSource; key: string; stop: () => void }>
}

/** Keeps every follower at whoever has its resource. */
export function keepResourceFollowers(source: (id: string) => ToolSource | undefined): ResourceFollowers {
  const followers = new Set<Follower>()

  const attach = (follower: Follower): void => {
    const { view, uri, onUpdate, client, at } = follower
    const target = view().links.resource(uri)
    const owner = target && source(target.sourceId)
    if (target !== undefined && at?.source === owner && at?.key === target.key) return
    at?.stop()
    delete follower.at
    if (target === undefined || owner?.features === undefined) return
    const publish = (update: JsonObject): void => {
      const { links } = view()
      onUpdate(typeof update.uri === 'string' ? { ...update, uri: links.publicUri(owner.id, update.uri) } : update)
    }
    const now = { source: owner, key: target.key, stop: owner.features.subscribe(target.key, publish, client) }
    follower.at = now
    if (!followers.has(follower)) return
    const begun = owner.features.subscribed(target.key, client)
    void begun.then(() => follower.at === now && publish({ uri: target.key }))
  }

  return {
    follow(view, uri, onUpdate, client) {
      const follower: Follower = { view, uri, onUpdate, client }
      attach(follower)
      if (follower.at === undefined) return undefined
      followers.add(follower)
      const { source: owner, key } = follower.at
      return {
        begun: owner.features?.subscribed(key, client) ?? Promise.resolve(),
        stop: () => {
          if (!followers.delete(follower)) return
          follower.at?.stop()
          delete follower.at
        },
      }
    },
    refresh() {
      for (const follower of followers) attach(follower)
    },
  }
}
