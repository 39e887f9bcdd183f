import { GatewayError } from '../core/errors.ts'
import type { ModelConfig } from '../core/model.ts'
import { starOf } from '../core/model-pattern.ts'

/** The deployments that answer for one name, in the order of the file; each with the provider's own name of the model. */
export type Route = Readonly<{ name: string; deployments: readonly ModelConfig[] }>

/**
 * Finds who answers for a name that a caller gives: the entries of that name, or of the longest pattern such as
 * `openai/*` that fits. What the star stands for is put in place of the star in the entry's own `model`.
 *
 * @throws GatewayError `MODEL_NOT_FOUND`, which names what is configured
 */
export function findModel(name: string, models: readonly ModelConfig[]): Route {
  const exact = models.filter(model => model.name === name)
  if (exact.length > 0) return { name, deployments: exact }
  const [best] = models.filter(model => starOf(model.name, name) !== undefined).toSorted(byLength)
  if (best === undefined) throw notFound(name, models)
  const star = starOf(best.name, name) ?? ''
  const deployments = models.filter(model => model.name === best.name)
  return { name, deployments: deployments.map(each => ({ ...each, model: each.model.replace('*', () => star) })) }
}

function byLength(one: ModelConfig, other: ModelConfig): number {
  return other.name.length - one.name.length
}

function notFound(name: string, models: readonly ModelConfig[]): GatewayError {
  const names = [...new Set(models.map(model => model.name))].slice(0, 10)
  const remedy =
    names.length > 0
      ? `Configured: ${names.map(each => `"${each}"`).join(', ')}.`
      : 'Add one under "models" in servers.json.'
  return new GatewayError('MODEL_NOT_FOUND', `No model is named "${name.slice(0, 100)}". ${remedy}`)
}
