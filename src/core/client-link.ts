import type { JsonObject } from './json.ts'
import type { Progress } from './tool.ts'

/** The levels of `notifications/message`, the least severe first (MCP, server/utilities/logging). */
export const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const

/** One of {@link logLevels}. */
export type McpLogLevel = (typeof logLevels)[number]

/**
 * The client behind a call, while it runs: what the server may ask of it. Where a call has none, nobody can be asked.
 */
export type ClientLink = Readonly<{
  /** Tells clients apart: calls of one client have one id. */
  id: string
  /** What the client says it can do (`elicitation`, `sampling`, `roots`, ...). */
  capabilities: JsonObject
  /**
   * Asks the client: `elicitation/create`, `sampling/createMessage`, `roots/list`.
   *
   * @param options - `onProgress`: given what it tells meanwhile of its progress, where its revision has a way to
   * @returns its result as it came
   * @throws GatewayError `CLIENT_REFUSED` with the client's JSON-RPC error, or that it lacks the capability, as `data`;
   *   `CANCELLED`
   */
  ask: (method: string, params: JsonObject, options: AskingOptions) => Promise<JsonObject>
  /** The least severe level of log messages that it wants on the stream of this call; undefined for none. */
  logLevel?: McpLogLevel
  /** Sends it a log message on the stream of this call: the params of `notifications/message`. */
  log: (params: JsonObject) => void
  /** Sends it another notification that belongs to this call, such as `notifications/elicitation/complete`. */
  notify: (method: string, params: JsonObject) => void
  /**
   * Sends it what belongs to no call, also after this one: a list that has changed, or a log message, which it gets where
   * it has asked for such. Absent where there is no way to do so.
   */
  tell?: ((method: string, params: JsonObject) => void) | undefined
  /** Calls back, once, when the client has left; at once when it has already. Absent where that is not seen. */
  onLeave?: ((listener: () => void) => void) | undefined
}>

/** What goes with a question to a client. */
export type AskingOptions = Readonly<{ signal: AbortSignal; onProgress?: (progress: Progress) => void }>

/**
 * A caller who takes a result that asks for more (`resultType: "input_required"`), and what it brings of an earlier one
 * (MCP 2026-07-28, basic/patterns/mrtr).
 */
export type InputExchange = Readonly<{
  responses?: JsonObject
  /** The server's own `requestState`, exactly as it gave it. */
  state?: string
}>
