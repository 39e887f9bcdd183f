import type { ModelConfig, Provider } from '../core/model.ts'
import { createProvider } from './create-provider.ts'

/** The providers in use, one for each configured model. */
export type Providers = Readonly<{
  /** The provider of a configured model, made at its first use. */
  of(model: ModelConfig): Provider
  /** Closes the providers of all models but these. */
  keep(models: readonly ModelConfig[]): Promise<void>
}>

/** A pattern makes as many models as callers name. */
const mostKept = 1_000

/**
 * Keeps a provider, and with it its open connections, for as long as its model is configured in the same way.
 *
 * @param maxKept - past it the one that was used longest ago is closed, and made anew when it is asked again
 */
export function keepProviders(
  make: (model: ModelConfig) => Provider = createProvider,
  maxKept: number = mostKept,
): Providers {
  /** The one used last at the end. */
  const providers = new Map<string, Provider>()
  const keys = new WeakMap<ModelConfig, string>()
  const keyOf = (model: ModelConfig): string => {
    const key = keys.get(model) ?? JSON.stringify(model)
    keys.set(model, key)
    return key
  }
  return {
    of(model) {
      const key = keyOf(model)
      const provider = providers.get(key) ?? make(model)
      providers.delete(key)
      providers.set(key, provider)
      const [oldest] = providers.size > maxKept ? providers : []
      if (oldest !== undefined) {
        providers.delete(oldest[0])
        // One that cannot be closed well is gone all the same.
        oldest[1].close().catch(() => {})
      }
      return provider
    },
    async keep(models) {
      const kept = new Set(models.map(model => JSON.stringify(model)))
      const leaving = [...providers].filter(([key]) => !kept.has(key))
      for (const [key] of leaving) providers.delete(key)
      await Promise.all(leaving.map(([, provider]) => provider.close()))
    },
  }
}
