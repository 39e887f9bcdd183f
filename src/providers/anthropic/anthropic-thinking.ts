import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { effortBudgets, shareOf } from '../claude-budgets.ts'
import type { ModelTraits } from './anthropic-model.ts'

/** How much a turn may write, and how it thinks. */
export type Thinking = Readonly<{ maxTokens: number; thinking?: JsonObject; effort?: string }>

/** Besides the efforts that everyone has: Anthropic's own. */
const budgets: ReadonlyMap<string, number> = new Map([...effortBudgets, ['max', 32_000]])

/**
 * Writes `reasoning_effort` as thinking: a budget, or adaptive thinking with an effort, as the model takes it.
 *
 * A budget counts toward `max_tokens`. Where the caller bounds the answer, at most half of that is for thinking, and none
 * where that leaves less than the API's 1,024; where nobody bounds it, the budget comes on top. `none` asks for no
 * thinking, which on an adaptive model is as little as it does of itself. Anthropic's own `thinking` field wins.
 *
 * @param mayBudget - false where a budget would be refused: a forced choice, or a round of calls that is being answered
 *   and whose thinking is not in the history. Thinking is then left out for this turn. Adaptive thinking goes with both.
 */
export function toThinking(rest: JsonObject, traits: ModelTraits, mayBudget: boolean): Thinking {
  const bound = [rest.max_completion_tokens, rest.max_tokens].find(value => typeof value === 'number')
  const maxTokens = bound ?? traits.maxOutputTokens
  const { thinking, reasoning_effort: effort } = rest
  if (isObject(thinking)) {
    if (thinking.type !== 'enabled') return { maxTokens, thinking }
    if (!mayBudget) return { maxTokens }
    const budget = typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens : 0
    return { maxTokens: bound ?? maxTokens + budget, thinking }
  }
  const budget = typeof effort === 'string' ? budgets.get(effort) : undefined
  if (traits.thinking === 'adaptive') return { maxTokens, ...adaptive(effort, traits) }
  if (budget === undefined || !mayBudget) return { maxTokens }
  if (bound === undefined) return { maxTokens: maxTokens + budget, thinking: enabled(budget) }
  const share = shareOf(budget, bound)
  return share === undefined ? { maxTokens } : { maxTokens, thinking: enabled(share) }
}

/** True where the model thinks, so that sampling is not the caller's to set. */
export function isThinking(thinking: JsonObject | undefined): boolean {
  return thinking !== undefined && thinking.type !== 'disabled'
}

function enabled(budget: number): JsonObject {
  return { type: 'enabled', budget_tokens: budget }
}

function adaptive(effort: unknown, { isRecent }: ModelTraits): { thinking?: JsonObject; effort?: string } {
  if (effort === 'none') return { effort: 'low' }
  if (typeof effort !== 'string' || !budgets.has(effort)) return {}
  // `xhigh` came with 4.7, and so did thinking that stays hidden unless asked for.
  const known = effort === 'minimal' ? 'low' : effort === 'xhigh' && !isRecent ? 'high' : effort
  return { thinking: { type: 'adaptive', ...(isRecent && { display: 'summarized' }) }, effort: known }
}
