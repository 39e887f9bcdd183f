import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import type { FunctionCall } from '../core/model.ts'
import type { CallToolResult } from '../core/tool.ts'
import { errorResult } from '../core/tool.ts'

/** Calls one of our tools under the name that the model knows. A failure may be a value or thrown. */
export type CallTool = (name: string, args: JsonObject, options: { signal: AbortSignal }) => Promise<CallToolResult>

/** What came of a call: what the model is told, and the failure of the gateway behind it, if it was one. */
export type CallOutcome = Readonly<{ result: CallToolResult; failure?: GatewayError }>

/** How the calls of one round are run. */
export type RoundOptions = Readonly<{
  isKnown: (name: string) => boolean
  callTool: CallTool
  /** Calls at once. */
  maxParallel: number
  /** Calls in this round; what is past it gets a result that says so. */
  maxCalls: number
  signal: AbortSignal
}>

/**
 * Starts the calls of one round.
 *
 * @returns one promise a call, in the model's order. A failure is a result, for the model to read; only an abort rejects
 */
export function startCalls(calls: readonly FunctionCall[], options: RoundOptions): readonly Promise<CallOutcome>[] {
  const jobs = calls.map((call, index) => ({
    run: () => (index < options.maxCalls ? runCall(call, options) : Promise.resolve(pastLimit)),
    outcome: Promise.withResolvers<CallOutcome>(),
  }))
  const waiting = jobs.values()
  const work = async (): Promise<void> => {
    for (const { run, outcome } of waiting) await run().then(outcome.resolve, outcome.reject)
  }
  for (let worker = 0; worker < Math.min(options.maxParallel, jobs.length); worker += 1) void work()
  // They are awaited one after the other, so a later one may reject while nobody waits for it yet.
  for (const { outcome } of jobs) outcome.promise.catch(() => {})
  return jobs.map(({ outcome }) => outcome.promise)
}

const pastLimit = failed('Not called: this answer has used up its tool calls. Answer with what you have.')

async function runCall(call: FunctionCall, options: RoundOptions): Promise<CallOutcome> {
  const { signal } = options
  const { name, arguments: text } = call.function
  signal.throwIfAborted()
  if (!options.isKnown(name)) return failed(`No tool is named "${name}". Use only the tools that are listed.`)
  const args = readArguments(text)
  if (typeof args === 'string') return failed(args)
  try {
    return { result: await orAbort(options.callTool(name, args, { signal }), signal) }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    if (thrown instanceof GatewayError) return failed(thrown.message, thrown)
    return failed(`"${name}" could not be called: the gateway failed.`)
  }
}

function failed(text: string, failure?: GatewayError): CallOutcome {
  return { result: errorResult(text), ...(failure && { failure }) }
}

/** The arguments, or the sentence that tells the model what is wrong with them. Nothing is ever repaired. */
function readArguments(text: string): JsonObject | string {
  if (text.trim() === '') return {}
  try {
    const args: unknown = JSON.parse(text)
    return isObject(args) ? args : 'Not called: the arguments must be one JSON object. Call again with an object.'
  } catch (cause) {
    return `Not called: the arguments were not valid JSON (${(cause as Error).message.slice(0, 150)}). Call again.`
  }
}

/** Stops waiting at an abort, also for a tool that does not listen to it. */
function orAbort<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  return Promise.race([result, aborted.promise]).finally(() => signal.removeEventListener('abort', onAbort))
}
