import type { ClientLink } from '../../core/client-link.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { rpcCode } from '../../core/protocol.ts'
import type { Whose } from './running-call.ts'

/** Remembers whom an old upstream has sent to a URL, so that its `notifications/elicitation/complete` finds them. */
export type UrlElicitations = Readonly<{
  asked(params: JsonObject, client: ClientLink | undefined): void
  /** Looks at the error of a call: one that says which URLs have to be visited first is as good as being asked. */
  refused(error: unknown, client: ClientLink | undefined): void
  /** Hands the notification on: to who was asked, else to the client of the call that it belongs to, else to nobody. */
  completed(params: JsonObject, whose: Whose): void
}>

/** How many that were never completed are remembered. */
const maxOpen = 1_000

/** Makes the memory of one upstream (MCP 2025-11-25, client/elicitation, "Completion Notifications"). */
export function rememberUrlElicitations(): UrlElicitations {
  // Of a client only this: all of it holds the request and the response of a call that may be over.
  const open = new Map<string, Pick<ClientLink, 'id' | 'notify'>>()

  const asked: UrlElicitations['asked'] = ({ mode, elicitationId }, client) => {
    if (mode !== 'url' || typeof elicitationId !== 'string' || client === undefined) return
    open.set(elicitationId, { id: client.id, notify: client.notify })
    if (open.size > maxOpen) open.delete(open.keys().next().value ?? '')
  }
  return {
    asked,
    refused(error, client) {
      for (const elicitation of elicitationsIn(error)) asked(elicitation, client)
    },
    completed(params, whose) {
      const id = String(params.elicitationId)
      const before = open.get(id)
      const running = typeof whose === 'string' ? undefined : whose.client
      open.delete(id)
      // A call of the same client that still runs has a stream that is still open.
      const client = before === undefined || running?.id === before.id ? running : before
      client?.notify('notifications/elicitation/complete', params)
    },
  }
}

/** The elicitations in an error -32042 (MCP 2025-11-25, client/elicitation, "URL Elicitation Required Error"). */
function elicitationsIn(error: unknown): readonly JsonObject[] {
  const given = error instanceof GatewayError && error.code === 'SOURCE_ERROR' ? error.data : undefined
  const data = isObject(given) && given.code === rpcCode.urlElicitation ? given.data : undefined
  return isObject(data) && Array.isArray(data.elicitations) ? data.elicitations.filter(isObject) : []
}
