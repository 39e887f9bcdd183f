import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { effortBudgets, shareOf } from '../claude-budgets.ts'

/** How a model is asked to reason; `isThinking` where it then samples by itself. */
export type ReasoningFields = Readonly<{ fields: JsonObject; maxTokens?: number; isThinking: boolean }>

/** What the answer may cost, and whether thinking is allowed in this turn. */
type Bounds = Readonly<{ model: string; maxTokens: number | undefined; mayThink: boolean }>

/** For the answer itself, where the caller gives no bound and the budget needs one. */
const answerTokens = 8_192

/**
 * Writes `reasoning_effort` as the model behind Converse takes it: a budget or adaptive thinking for Claude, the effort
 * itself for OpenAI's models; others get nothing. `thinking`, as Anthropic and LiteLLM have it, wins for Claude.
 *
 * A budget counts toward `maxTokens`. Where the caller bounds the answer, at most half of it is for thinking, and where
 * that leaves less than Claude's least, the turn goes without.
 */
export function toReasoningFields(rest: JsonObject, { model, maxTokens, mayThink }: Bounds): ReasoningFields {
  const plain = { fields: {}, isThinking: false, ...(maxTokens !== undefined && { maxTokens }) }
  const { thinking, reasoning_effort: effort } = rest
  if (/(^|[./])openai\./i.test(model))
    return typeof effort === 'string' ? { ...plain, fields: { reasoning_effort: effort } } : plain
  if (!/claude/i.test(model)) return plain
  if (isObject(thinking)) {
    if (thinking.type === 'disabled') return { ...plain, fields: { thinking } }
    if (!mayThink && thinking.type === 'enabled') return plain
    const budget = typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens : 0
    return { fields: { thinking }, isThinking: true, maxTokens: maxTokens ?? budget + answerTokens }
  }
  const budget = typeof effort === 'string' ? effortBudgets.get(effort) : undefined
  if (budget === undefined) return plain
  if (isAdaptive(model)) {
    const known = effort === 'minimal' ? 'low' : effort === 'xhigh' ? 'high' : effort
    return { ...plain, fields: { thinking: { type: 'adaptive' }, output_config: { effort: known } }, isThinking: true }
  }
  if (!mayThink) return plain
  const share = maxTokens === undefined ? budget : shareOf(budget, maxTokens)
  if (share === undefined) return plain
  const fields = { thinking: { type: 'enabled', budget_tokens: share } }
  return { fields, isThinking: true, maxTokens: maxTokens ?? share + answerTokens }
}

/** Claude decides on its own how long to think from 4.6 on. */
function isAdaptive(model: string): boolean {
  const [, major, minor = '0'] = /claude-[a-z]+-(\d{1,2})(?:-(\d{1,2})(?!\d))?/i.exec(model) ?? []
  return major !== undefined && Number(major) * 100 + Number(minor) >= 406
}
