import { noEmbeddings } from '../core/embeddings.ts'
import type { SpendingMeter } from '../core/meter.ts'
import type { ModelConfig, Provider, TurnEvent, Usage } from '../core/model.ts'
import type { PriceUsage } from '../core/price.ts'
import { tokensOf } from '../core/price.ts'
import type { Begun } from '../core/started-by.ts'
import { startedBy } from '../core/started-by.ts'
import { billTurn } from './bill-turn.ts'
import { findModel } from './find-model.ts'
import type { Ask, TryOptions } from './try-deployments.ts'
import { tryDeployments } from './try-deployments.ts'

/** What one turn, or one request for embeddings, took. */
export type Spent = Readonly<{
  /** The name of the entry that answered. */
  model: string
  usage: Usage
  /** In US dollars; undefined where nobody knows it. */
  cost: number | undefined
}>

/** Finds the provider behind a name; `tell` hears what each turn took. @throws GatewayError `MODEL_NOT_FOUND` */
export type RouteTurns = (name: string, tell?: (spent: Spent) => void) => Required<Provider>

/** What routing needs. */
export type RouteOptions = TryOptions &
  Readonly<{
    providerOf: (deployment: ModelConfig) => Provider
    /** How the turns of a deployment are priced; nothing has a price where absent. Never fails. */
    pricesOf?: (deployment: ModelConfig) => Promise<PriceUsage>
    /** Counts tokens and cost. */
    spending?: SpendingMeter
  }>

/**
 * Answers for a name by its deployments, and where they fail by those of its fallbacks.
 *
 * A turn is tried again until its first event: once something has been said, the caller has seen it. Embeddings come
 * whole, and are tried again until they have come. Usage is priced by the deployment that answered.
 */
export function routeTurns(options: RouteOptions): RouteTurns {
  const { models, providerOf, pricesOf = unpriced, spending } = options
  const tryEach = tryDeployments(options)

  return (name, tell) => {
    // What nobody has configured is told before anything is asked.
    findModel(name, models())
    const noteFor =
      ({ name: model }: ModelConfig) =>
      (usage: Usage, cost: number | undefined): void => {
        spending?.spent(model, tokensOf(usage), cost)
        tell?.({ model, usage, cost })
      }
    return {
      turn(request, { signal }) {
        const begin: Ask<Begun<TurnEvent>> = async (deployment, either) => {
          // Looked up while the provider thinks.
          const prices = pricesOf(deployment)
          const turn = providerOf(deployment).turn({ ...request, model: deployment.model }, { signal: either })
          const events = turn[Symbol.asyncIterator]()
          const first = await events.next()
          return billTurn({ events, first }, await prices, noteFor(deployment))
        }
        return startedBy(() => tryEach(name, signal, begin))
      },
      embed: ({ body }, { signal, maxAnswerBytes }) =>
        tryEach(name, signal, async (deployment, either) => {
          const provider = providerOf(deployment)
          if (provider.embed === undefined) throw noEmbeddings(deployment)
          const prices = pricesOf(deployment)
          const embeddings = await provider.embed({ model: deployment.model, body }, { signal: either, maxAnswerBytes })
          if (embeddings.usage === undefined) return embeddings
          const cost = (await prices)(embeddings.usage)
          noteFor(deployment)(embeddings.usage, cost)
          return { ...embeddings, ...(cost !== undefined && { cost }) }
        }),
      close: async () => {},
    }
  }
}

const unpriced = async (): Promise<PriceUsage> => () => undefined
