import type { ClientLink } from '../../core/client-link.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Whose } from './running-calls.ts'

/** Remembers whom an old upstream has sent to a URL, so that its `notifications/elicitation/complete` finds them. */
export type UrlElicitations = Readonly<{
  asked(params: JsonObject, client: ClientLink | undefined): void
  /** Hands the notification on: to who was asked, else to the client of the call that it belongs to, else to nobody. */
  completed(params: JsonObject, whose: Whose): void
}>

/** How many that were never completed are remembered. */
const maxOpen = 1_000

/** Makes the memory of one upstream (MCP 2025-11-25, client/elicitation, "Completion Notifications"). */
export function rememberUrlElicitations(): UrlElicitations {
  const open = new Map<string, ClientLink>()
  return {
    asked({ mode, elicitationId }, client) {
      if (mode !== 'url' || typeof elicitationId !== 'string' || client === undefined) return
      open.set(elicitationId, client)
      if (open.size > maxOpen) open.delete(open.keys().next().value ?? '')
    },
    completed(params, whose) {
      const id = String(params.elicitationId)
      const client = open.get(id) ?? (typeof whose === 'string' ? undefined : whose.client)
      open.delete(id)
      client?.notify('notifications/elicitation/complete', params)
    },
  }
}
