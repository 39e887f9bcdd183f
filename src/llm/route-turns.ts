import { noEmbeddings } from '../core/embeddings.ts'
import type { ModelConfig, Provider, TurnEvent } from '../core/model.ts'
import type { Begun } from '../core/started-by.ts'
import { startedBy } from '../core/started-by.ts'
import { findModel } from './find-model.ts'
import type { Ask, TryOptions } from './try-deployments.ts'
import { tryDeployments } from './try-deployments.ts'

/** Finds the provider behind a name that callers use. @throws GatewayError `MODEL_NOT_FOUND` */
export type RouteTurns = (name: string) => Required<Provider>

/** What routing needs. */
export type RouteOptions = TryOptions & Readonly<{ providerOf: (deployment: ModelConfig) => Provider }>

/**
 * Answers for a name by its deployments, and where they fail by those of its fallbacks.
 *
 * A turn is tried again until its first event: once something has been said, the caller has seen it. Embeddings come
 * whole, and are tried again until they have come.
 */
export function routeTurns(options: RouteOptions): RouteTurns {
  const { models, providerOf } = options
  const tryEach = tryDeployments(options)

  return name => {
    // What nobody has configured is told before anything is asked.
    findModel(name, models())
    return {
      turn(request, { signal }) {
        const begin: Ask<Begun<TurnEvent>> = async (deployment, either) => {
          const turn = providerOf(deployment).turn({ ...request, model: deployment.model }, { signal: either })
          const events = turn[Symbol.asyncIterator]()
          return { events, first: await events.next() }
        }
        return startedBy(() => tryEach(name, signal, begin))
      },
      embed: ({ body }, { signal, maxAnswerBytes }) =>
        tryEach(name, signal, async (deployment, either) => {
          const provider = providerOf(deployment)
          if (provider.embed === undefined) throw noEmbeddings(deployment)
          return provider.embed({ model: deployment.model, body }, { signal: either, maxAnswerBytes })
        }),
      close: async () => {},
    }
  }
}
