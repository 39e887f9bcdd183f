import type { ModelConfig } from '../core/model.ts'

/** Which deployments are spared for a while, since they failed. */
export type Cooldowns = Readonly<{
  /** Milliseconds until it may be asked again; 0 when it may now. */
  leftMs(deployment: ModelConfig): number
  /** It failed. `retryAfterMs`: for how long it said itself that it will. */
  failed(deployment: ModelConfig, retryAfterMs?: number): void
  answered(deployment: ModelConfig): void
}>

/** When a deployment is spared, and for how long. */
export type CooldownOptions = Readonly<{ failures: number; cooldownMs: number; now: () => number }>

/** Nobody is spared for longer, whatever it says. */
const longestMs = 600_000

/** Keeps how deployments did. One that changes in the configuration is another, and starts anew. */
export function keepCooldowns({ failures: most, cooldownMs, now }: CooldownOptions): Cooldowns {
  const states = new Map<string, { failures: number; until: number }>()
  // A pattern makes as many deployments as callers name models.
  const maxStates = 1_000
  const stateOf = (deployment: ModelConfig): { failures: number; until: number } => {
    const key = keyOf(deployment)
    const known = states.get(key)
    if (known !== undefined) return known
    if (states.size >= maxStates) states.delete(states.keys().next().value ?? '')
    const state = { failures: 0, until: 0 }
    states.set(key, state)
    return state
  }
  return {
    leftMs: deployment => (states.size === 0 ? 0 : Math.max(0, (states.get(keyOf(deployment))?.until ?? 0) - now())),
    failed(deployment, retryAfterMs) {
      const state = stateOf(deployment)
      state.failures += 1
      const sparedMs = retryAfterMs ?? (state.failures >= most ? cooldownMs : 0)
      state.until = Math.max(state.until, now() + Math.min(sparedMs, longestMs))
    },
    answered(deployment) {
      if (states.size > 0) states.delete(keyOf(deployment))
    },
  }
}

function keyOf({ name, provider, model, baseUrl = '', apiKey = '' }: ModelConfig): string {
  return JSON.stringify([name, provider, model, baseUrl, apiKey])
}
