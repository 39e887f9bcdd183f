import type { Native, TurnEvent, TurnRequest } from '../../core/model.ts'
import type { Dialect } from '../codec.ts'
import { renameIds, restoreIds } from './call-ids.ts'
import { fitSchemas, restoreKeys } from './fit-schemas.ts'
import { refuseForeignTools } from './foreign-tools.ts'
import { renameTools, restoreNames } from './rename-tools.ts'
import { tidyTools } from './tidy-tools.ts'

/** A request that a wire takes, and the way back for what it answers. */
export type Entered = Readonly<{ request: TurnRequest; leave: (event: TurnEvent) => TurnEvent }>

/**
 * Makes the tools of a request fit for one wire: how many and which, their names, the keys and form of their schemas, and
 * the ids of calls; in the tools themselves, in tool_choice and in the history.
 *
 * `leave` gives each event of the answer the caller's words back, of nothing but what was changed here. The maps are in
 * its closure alone, so nothing of them can reach a body. Copies what it changes and shares the rest.
 *
 * @throws GatewayError `REQUEST_INVALID` for too many tools, for two that differ under one name, and for those of another wire
 */
export function enter(request: TurnRequest, dialect: Dialect): Entered {
  refuseForeignTools(request, dialect)
  const tools = tidyTools(request.tools, dialect.maxTools)
  const tidied = tools === request.tools ? request : { ...request, tools }
  const { request: named, names } = renameTools(tidied, dialect.names, dialect)
  const { request: fitted, keys } = fitSchemas(named, dialect)
  const { messages, ids } = dialect.callIds
    ? renameIds(fitted.messages, dialect.callIds)
    : { messages: fitted.messages, ids: nothing }
  const entered = messages === fitted.messages ? fitted : { ...fitted, messages }
  if (names.reverse.size === 0 && keys.size === 0 && ids.reverse.size === 0) return { request: entered, leave: same }
  const toName = (name: string): string => names.reverse.get(name) ?? name
  const toNative = ({ wire, value }: Native): Native =>
    wire === dialect.wire && dialect.renameNative
      ? { wire, value: dialect.renameNative(value, toName) }
      : { wire, value }
  const restoreEvent = dialect.restoreEvents?.({ toName, hasKeys: name => keys.has(name) })
  return {
    request: entered,
    leave(event) {
      if (event.type === 'native') {
        const { wire, value } = event.event
        return { type: 'native', event: { wire, value: restoreEvent?.(value) ?? value } }
      }
      if (event.type === 'tool_calls') {
        // The keys first: they are kept under the names that the provider knows.
        return { ...event, calls: restoreIds(restoreNames(restoreKeys(event.calls, keys), names), ids) }
      }
      return event.type === 'finish' && event.native ? { ...event, native: toNative(event.native) } : event
    },
  }
}

const nothing = { forward: new Map<string, string>(), reverse: new Map<string, string>() }

function same(event: TurnEvent): TurnEvent {
  return event
}
