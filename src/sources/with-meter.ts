import { GatewayError } from '../core/errors.ts'
import type { CallOutcome, Meter } from '../core/meter.ts'
import type { ToolSource } from '../core/tool-source.ts'
import { aroundCalls } from './around-calls.ts'

/** Counts the calls and relayed requests of a source, and how long each took, waiting included. */
export function withMeter(source: ToolSource, meter: Meter, now: () => number = () => performance.now()): ToolSource {
  return aroundCalls(source, async (_what, context, run) => {
    const started = now()
    let outcome: CallOutcome = 'failed'
    try {
      const result = await run(context)
      outcome = (result as { isError?: unknown }).isError === true ? 'tool_error' : 'ok'
      return result
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'CANCELLED') outcome = 'cancelled'
      throw error
    } finally {
      meter.called(source.id, outcome, now() - started)
    }
  })
}
