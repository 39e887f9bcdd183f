import { GatewayError } from '../core/errors.ts'
import type { CallOutcome, Meter } from '../core/meter.ts'
import type { ToolSource } from '../core/tool-source.ts'
import { aroundCalls } from './around-calls.ts'

/** Counts the calls and relayed requests of a source, and how long each took, waiting included. */
export function withMeter(source: ToolSource, meter: Meter, now: () => number = () => performance.now()): ToolSource {
  return aroundCalls(source, (_what, context, run) => {
    const started = now()
    return run(context).then(
      result => {
        const isFailure = (result as { isError?: unknown }).isError === true
        meter.called(source.id, isFailure ? 'tool_error' : 'ok', now() - started)
        return result
      },
      (error: unknown) => {
        const outcome: CallOutcome =
          error instanceof GatewayError && error.code === 'CANCELLED' ? 'cancelled' : 'failed'
        meter.called(source.id, outcome, now() - started)
        throw error
      },
    )
  })
}
