import type { Usage } from '../../core/model.ts'
import { addCost, tokensOf } from '../../core/price.ts'
import type { LoopEvent } from '../../llm/loop-event.ts'
import type { Spent } from '../../llm/route-turns.ts'
import type { Exchange } from '../exchange.ts'

/** The header in which LiteLLM tells what a whole answer has cost; none where nobody knows. */
export function costHeaders(cost: number | undefined): Record<string, string> {
  return cost === undefined ? {} : { 'x-litellm-response-cost': String(rounded(cost)) }
}

/** Keeps what an answer has cost, of its events as they pass. */
export function keepCost(): { note(event: LoopEvent): void; headers(): Record<string, string> } {
  let cost: number | undefined
  return {
    note(event) {
      if (event.type === 'end') cost = event.cost
    },
    headers: () => costHeaders(cost),
  }
}

/** The usage of an answer with its `cost`, as OpenRouter and LiteLLM have it, where it is known. */
export function withCost({ usage, cost }: Extract<LoopEvent, { type: 'end' }>): Usage | undefined {
  return usage === undefined || cost === undefined ? usage : { ...usage, cost: rounded(cost) }
}

/** Adds up what the turns of a request take, for the line that is logged of it; told at once, since it may be cut short. */
export function spendingOf(exchange: Exchange): (spent: Spent) => void {
  let [inputTokens, outputTokens] = [0, 0]
  let sum: number | undefined = 0
  return ({ model, usage, cost }) => {
    const { input, output, cacheRead, cacheWrite } = tokensOf(usage)
    inputTokens += input + cacheRead + cacheWrite
    outputTokens += output
    sum = addCost(sum, cost)
    exchange.note({ model, inputTokens, outputTokens, cost: sum === undefined ? sum : rounded(sum) })
  }
}

/** Without the traces that sums of binary fractions leave: 0.0004275 instead of 0.00042750000000000004. */
function rounded(cost: number): number {
  return Number(cost.toPrecision(12))
}
