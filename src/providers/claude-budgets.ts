/** The least that Claude takes as a budget for thinking, in tokens, whoever serves it. */
const minBudgetTokens = 1_024

/** Tokens of thinking for an effort (`reasoning_effort`), where the model takes a budget. */
export const effortBudgets: ReadonlyMap<string, number> = new Map([
  ['minimal', minBudgetTokens],
  ['low', 2_048],
  ['medium', 8_192],
  ['high', 16_384],
  ['xhigh', 24_576],
])

/**
 * How much of a bounded answer is for thinking: the budget, but at most half of the bound, since a budget counts toward it.
 *
 * @returns undefined where that leaves less than Claude's least
 */
export function shareOf(budget: number, boundTokens: number): number | undefined {
  const share = Math.max(minBudgetTokens, Math.min(budget, Math.floor(boundTokens / 2)))
  return share < boundTokens ? share : undefined
}
