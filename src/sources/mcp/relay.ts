import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { withoutHopFields } from '../../core/protocol.ts'
import { takesTasks, taskIdOf } from '../../core/tasks.ts'
import type { Progress } from '../../core/tool.ts'
import type { CallContext, RelayedMethod } from '../../core/tool-source.ts'
import { asksForInput, runRounds } from './input-rounds.ts'
import type { LogMessages } from './log-messages.ts'
import { noteLacks } from './note-lacks.ts'
import type { Session } from './session.ts'
import type { UrlElicitations } from './url-elicitations.ts'
import type { UseSession } from './use-session.ts'
import type { TaskWatch } from './watch-tasks.ts'

/** Relays one request of a caller. */
export type Relay = (
  method: RelayedMethod | 'tools/call',
  params: JsonObject,
  context: CallContext,
  extras?: RelayExtras,
) => Promise<JsonObject>

/**
 * What goes with a request to a modern upstream: `headers` are added to its POST, and with `takesTask` it is told that tasks
 * are taken, whatever the caller's client says.
 */
export type RelayExtras = Readonly<{ headers?: Readonly<Record<string, string>> | undefined; takesTask?: true }>

/** What relaying needs. */
export type RelayOptions = Readonly<{
  sourceId: string
  limits: Limits
  /** Of one call; `limits.callHardTimeoutMs` is at least as long. */
  timeoutMs: number
  logs: Pick<LogMessages, 'prepare'>
  withSession: UseSession
  report: (error?: unknown) => void
  elicitations: Pick<UrlElicitations, 'refused'>
  tasks: Pick<TaskWatch, 'answered'>
}>

/**
 * Relays requests of callers to one upstream, with all that belongs to them: `_meta`, progress, cancellation, and what
 * the upstream asks of the client meanwhile.
 *
 * What comes back is whole, only the fields that belong to the hop are taken off. A result that asks for input is
 * returned where the caller takes it (`context.input`), else answered by the caller's client.
 */
export function relayOver(given: RelayOptions): Relay {
  const { sourceId, limits, timeoutMs, logs, withSession, report, elicitations, tasks } = given
  const hardTimeoutMs = Math.max(timeoutMs, limits.callHardTimeoutMs)

  const finish = (method: string, params: JsonObject, result: JsonObject): JsonObject => {
    report()
    tasks.answered(method, params, result)
    return result
  }

  return async (method, params, context, { headers, takesTask } = {}) => {
    const { signal, meta, onProgress, input } = context
    const startedAt = performance.now()
    const lacks = input && noteLacks(context)
    const whole = meta === undefined ? params : { ...params, _meta: meta }
    const options = {
      signal,
      // The answer to this one is the end of the task.
      timeoutMs: method === 'tasks/result' ? hardTimeoutMs : timeoutMs,
      hardTimeoutMs,
      setBy: limitNames,
      caller: lacks ?? context,
      ...(onProgress && { onProgress: rising(onProgress) }),
    }
    const ask = async (session: Session, answers?: JsonObject, limited = signal): Promise<JsonObject> => {
      if (!session.modern) {
        const prepared = logs.prepare(session, context, signal)
        if (prepared !== undefined) await prepared
        return fromOld(await session.request(method, whole, options), sourceId, method)
      }
      const sent = answers === undefined ? whole : { ...whole, ...answers }
      const more = { ...(headers && { headers }), ...(takesTask && { takesTask }) }
      const raw = await session.request(method, sent, { ...options, signal: limited, ...more })
      return fromModern(raw, sourceId, method, takesTask ?? takesTasksOf(context))
    }
    const brought = input && {
      ...(input.responses !== undefined && { inputResponses: input.responses }),
      ...(input.state !== undefined && { requestState: input.state }),
    }
    try {
      const first = await withSession(signal, session => ask(session, brought))
      if (input !== undefined || !asksForInput(first)) {
        return finish(method, params, first)
      }
      const leftMs = Math.max(0, hardTimeoutMs - (performance.now() - startedAt))
      const deadline = AbortSignal.timeout(Math.ceil(leftMs))
      const limited = AbortSignal.any([signal, deadline])
      const result = await runRounds(first, {
        sourceId,
        client: context.client,
        signal: limited,
        limits,
        again: answers => withSession(limited, session => ask(session, answers, limited)),
      }).catch((cause: unknown) => {
        // The rounds share one hard limit, the waiting for humans included.
        if (!deadline.aborted || signal.aborted) throw cause
        const message = `"${sourceId}" gave no answer to ${method} within ${hardTimeoutMs} ms (${limitNames.hard}).`
        throw new GatewayError('SOURCE_TIMEOUT', message, { cause })
      })
      return finish(method, params, result)
    } catch (error) {
      report(error)
      elicitations.refused(error, context.client)
      throw lacks?.explain(error) ?? error
    }
  }
}

/** What sets the time of a call. */
const limitNames = { idle: '"timeoutMs" of its entry, else limits.callTimeoutMs', hard: 'limits.callHardTimeoutMs' }

/** A new round begins its progress anew; to the caller it never falls (MCP, utilities/progress). */
function rising(onProgress: NonNullable<CallContext['onProgress']>): NonNullable<CallContext['onProgress']> {
  let highest = Number.NEGATIVE_INFINITY
  return step => {
    if (typeof step.progress === 'number' && step.progress < highest) return
    highest = Math.max(highest, step.progress)
    onProgress(step._meta === undefined ? step : withoutHop(step))
  }
}

function withoutHop({ _meta, ...step }: Progress): Progress {
  const meta = withoutHopFields(_meta)
  return meta === undefined ? step : { ...step, _meta: meta }
}

/** An old server has no way to ask by a result; one that seems to must not reach a caller who would answer it. */
function fromOld(result: JsonObject, sourceId: string, method: string): JsonObject {
  if (asksForInput(result))
    throw new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" asks for input by ${method}, which its era does not know.`)
  return result
}

/** Takes off what belongs to the hop; `resultType` stays where it says that more is asked for, or that a task was begun. */
function fromModern(result: JsonObject, sourceId: string, method: string, mayBegin: boolean): JsonObject {
  const { resultType = 'complete', _meta, ...rest } = result
  if (
    resultType !== 'complete' &&
    !asksForInput(result) &&
    !(resultType === 'task' && mayBegin && taskIdOf(result) !== undefined)
  ) {
    const kind = String(resultType).slice(0, 40)
    throw new GatewayError(
      'SOURCE_PROTOCOL',
      `"${sourceId}" answered ${method} with a result of type "${kind}", which Patchbay does not know.`,
    )
  }
  const meta = withoutHopFields(_meta)
  return {
    ...(resultType !== 'complete' && { resultType }),
    ...rest,
    ...(meta !== undefined && { _meta: meta }),
  }
}

/** Only a caller of the modern era knows a task in place of a result, and only one that has said so. */
function takesTasksOf({ input, client }: CallContext): boolean {
  return input !== undefined && takesTasks(client?.capabilities ?? {})
}
