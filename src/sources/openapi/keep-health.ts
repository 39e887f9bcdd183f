import { messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { SourceHealth } from '../../core/tool-source.ts'

/**
 * Keeps how a source is doing. Its document and its API fail each for itself: an API that answers does not hide that the
 * document is stale.
 */
export type HealthKeeper = Readonly<{
  get: () => SourceHealth
  /** The document is in use as it is now. Without `details` they stay as they are. */
  documentRead: (details?: JsonObject) => void
  /** It could not be read: at the start there are no tools yet, later the last good ones stay. */
  documentFailed: (stage: 'start' | 'list', thrown: unknown) => void
  callDone: () => void
  callFailed: (thrown: unknown) => void
  /** Nothing changes any more. */
  close: () => void
}>

/** Starts as `connecting`. */
export function keepHealth(now: () => Date): HealthKeeper {
  let document: 'unread' | 'missing' | 'stale' | 'read' = 'unread'
  let [callsFail, closed] = [false, false]
  let details: JsonObject | undefined
  let lastFailure: SourceHealth['lastFailure']

  const state = (): SourceHealth['state'] => {
    if (closed) return 'closed'
    if (document === 'unread') return 'connecting'
    if (document === 'missing') return 'failed'
    return document === 'stale' || callsFail ? 'degraded' : 'ready'
  }
  const note = (stage: 'start' | 'list' | 'call', thrown: unknown): void => {
    const at = now().toISOString()
    const since = state() === 'ready' ? at : (lastFailure?.since ?? at)
    lastFailure = { stage, message: messageOf(thrown), at, since }
  }

  return {
    get: () => ({ state: state(), ...(details && { details }), ...(lastFailure && { lastFailure }) }),
    documentRead: given => {
      document = 'read'
      details = given ?? details
    },
    documentFailed: (stage, thrown) => {
      if (closed) return
      note(stage, thrown)
      document = stage === 'start' ? 'missing' : 'stale'
    },
    callDone: () => {
      callsFail = false
    },
    callFailed: thrown => {
      if (closed) return
      note('call', thrown)
      callsFail = true
    },
    close: () => {
      closed = true
    },
  }
}
