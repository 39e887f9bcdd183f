import { randomUUID } from 'node:crypto'
import type { Caller } from '../../core/caller.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { hasRoom } from '../has-room.ts'
import type { McpRequest } from './mcp-request.ts'
import type { ParkedCall, ParkOptions } from './park-call.ts'
import { parkCall } from './park-call.ts'

/** The calls of modern clients that wait for answers in this process: no other can continue them. */
export type ParkedCalls = Readonly<{
  /**
   * Makes a running call one that can wait without a request of its client.
   *
   * @throws GatewayError `LIMIT_REACHED` past `limits.maxParkedCalls`
   */
  open(request: McpRequest): ParkedCall
  find(id: string): ParkedCall | undefined
  /** Cancels those of callers for whom this does not hold, where their client has no request open; now and from now on. */
  recheck(isSame: (caller: Caller) => boolean): void
  /** Cancels those whose client has no request open, now and from now on. */
  close(): void
}>

/** @param askFor - writes the result that asks a client for these inputs, by which the call with this id goes on */
export function parkCalls(
  limits: Pick<Limits, 'maxParkedCalls' | 'inputStateMs'>,
  askFor: (request: McpRequest, id: string, inputRequests: JsonObject) => string,
): ParkedCalls {
  const calls = new Map<string, ParkedCall & Readonly<{ caller: Caller }>>()
  let mayWait = (_caller: Caller): boolean => true
  const recheck = (isSame: (caller: Caller) => boolean): void => {
    mayWait = isSame
    for (const call of calls.values()) if (!isSame(call.caller)) call.giveUp()
  }
  return {
    open(request) {
      const { caller } = request.scope
      const taken = [...calls.values()].map(call => call.caller)
      if (!hasRoom(caller, taken, limits.maxParkedCalls))
        throw new GatewayError(
          'LIMIT_REACHED',
          `All ${limits.maxParkedCalls} calls that may wait for a client do, or half of them for this key (limits.maxParkedCalls).`,
        )
      const id = randomUUID()
      const options: ParkOptions = {
        patienceMs: () => (mayWait(caller) ? limits.inputStateMs : 0),
        askFor: inputRequests => askFor(request, id, inputRequests),
        onEnd: () => calls.delete(id),
      }
      const call = parkCall(request, options)
      calls.set(id, { ...call, caller })
      return call
    },
    find: id => calls.get(id),
    recheck,
    close: () => recheck(() => false),
  }
}
