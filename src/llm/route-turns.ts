import { setTimeout as pause } from 'node:timers/promises'
import { GatewayError } from '../core/errors.ts'
import type { Limits } from '../core/limits.ts'
import type { ModelConfig, Provider, TurnEvent, TurnRequest } from '../core/model.ts'
import type { Begun } from '../core/started-by.ts'
import { startedBy } from '../core/started-by.ts'
import { keepCooldowns } from './cooldowns.ts'
import type { Route } from './find-model.ts'
import { findModel } from './find-model.ts'
import { judge } from './provider-failure.ts'

/** Finds the provider behind a name that callers use. */
export type RouteTurns = (name: string) => Provider

/** What routing needs; the clock and the dice are a test's to replace. */
export type RouteOptions = Readonly<{
  /** Every deployment, as the configuration has it now. */
  models: () => readonly ModelConfig[]
  providerOf: (deployment: ModelConfig) => Provider
  limits: Pick<Limits, 'modelRetries' | 'modelFailures' | 'modelCooldownMs' | 'firstEventTimeoutMs'>
  log: (level: 'warn', message: string) => void
  now?: () => number
  random?: () => number
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}>

/** The pause before the first new try; it doubles, with dice, up to the second. */
const firstPauseMs = 250
const longestPauseMs = 8_000

/**
 * Answers for a name by its deployments, and where they fail by those of its fallbacks.
 *
 * A deployment is chosen by weight among those that are not spared. A turn that fails before its first event, with 429, 5xx or
 * silence, is tried again, on another deployment where there is one; one that is refused is not. Once something has been
 * said nothing is tried again: the caller has seen it.
 */
export function routeTurns(options: RouteOptions): RouteTurns {
  const { models, providerOf, limits, log, now = Date.now, random = Math.random, wait = waitFor } = options
  const cooldowns = keepCooldowns({ failures: limits.modelFailures, cooldownMs: limits.modelCooldownMs, now })

  /** By weight, of those that may be asked now; the one that may be asked soonest where there is none. */
  const choose = (deployments: readonly ModelConfig[]): ModelConfig | undefined => {
    const ready = deployments.filter(each => cooldowns.leftMs(each) === 0)
    if (ready.length === 0) return deployments.toSorted((a, b) => cooldowns.leftMs(a) - cooldowns.leftMs(b))[0]
    let dice = random() * ready.reduce((sum, { weight = 1 }) => sum + weight, 0)
    for (const each of ready) {
      dice -= each.weight ?? 1
      if (dice < 0) return each
    }
    return ready.at(-1)
  }

  /** The routes in the order in which they are tried; one that rests altogether is put behind the others. */
  const routesOf = (name: string): readonly Route[] => {
    const first = findModel(name, models())
    const names = [...new Set(first.deployments.flatMap(({ fallbacks = [] }) => fallbacks))]
    const routes = [first, ...names.map(fallback => findModel(fallback, models()))]
    const rests = ({ deployments }: Route): boolean => deployments.every(each => cooldowns.leftMs(each) > 0)
    return [...routes.filter(route => !rests(route)), ...routes.filter(rests)]
  }

  /** The events of the first deployment that begins to answer. */
  const answer = async (name: string, request: TurnRequest, signal: AbortSignal): Promise<Begun<TurnEvent>> => {
    let last: unknown
    for (const { deployments } of routesOf(name)) {
      const failed = new Set<ModelConfig>()
      const retries = Math.max(...deployments.map(each => each.retries ?? limits.modelRetries))
      for (let attempt = 0; attempt <= retries; attempt += 1) {
        const untried = deployments.filter(each => !failed.has(each))
        const deployment = choose(untried.length > 0 ? untried : deployments)
        if (deployment === undefined) break
        try {
          const begun = await begin(deployment, request, signal)
          cooldowns.answered(deployment)
          return begun
        } catch (thrown) {
          if (signal.aborted) throw thrown
          const { next, retryAfterMs } = judge(thrown, now)
          if (next === 'never') throw thrown
          last = thrown
          failed.add(deployment)
          cooldowns.failed(deployment, next === 'again' ? retryAfterMs : undefined)
          log('warn', `Model "${name}", deployment ${describe(deployment)}: ${(thrown as Error).message.slice(0, 300)}`)
          const hasOther = deployments.some(each => !failed.has(each))
          if (hasOther) continue
          if (next === 'elsewhere' || attempt === retries) break
          const pauseMs = retryAfterMs ?? Math.min(firstPauseMs * 2 ** attempt, longestPauseMs) * (0.5 + random() / 2)
          // Who says that it takes longer is not waited for.
          if (pauseMs > longestPauseMs) break
          await wait(pauseMs, signal)
        }
      }
    }
    throw last
  }

  /** Waits for the first event. @throws what the provider throws; `PROVIDER_ERROR` where nothing comes in time */
  const begin = async (
    deployment: ModelConfig,
    request: TurnRequest,
    signal: AbortSignal,
  ): Promise<Begun<TurnEvent>> => {
    const ms = deployment.firstEventTimeoutMs ?? limits.firstEventTimeoutMs
    const turn = new AbortController()
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      turn.abort()
    }, ms)
    // Not `AbortSignal.any`, which costs as much as reading a small answer.
    if (signal.aborted) turn.abort(signal.reason)
    else signal.addEventListener('abort', () => turn.abort(signal.reason), { once: true })
    try {
      const events = providerOf(deployment).turn({ ...request, model: deployment.model }, { signal: turn.signal })
      const iterator = events[Symbol.asyncIterator]()
      return { events: iterator, first: await iterator.next() }
    } catch (thrown) {
      if (!isLate || signal.aborted) throw thrown
      const message = `The provider of model "${deployment.name}" said nothing within ${ms} ms (limits.firstEventTimeoutMs).`
      const error = { message, type: 'server_error', param: null, code: 'timeout' }
      throw new GatewayError('PROVIDER_ERROR', message, { data: { status: 504, error }, cause: thrown })
    } finally {
      clearTimeout(timer)
    }
  }

  return name => {
    // What nobody has configured is told before anything is asked.
    findModel(name, models())
    return { turn: (request, { signal }) => startedBy(() => answer(name, request, signal)), close: async () => {} }
  }
}

/** Never its key. */
function describe({ provider, model, baseUrl }: ModelConfig): string {
  return `"${model}" of ${baseUrl === undefined ? provider : (URL.parse(baseUrl)?.host ?? provider)}`
}

function waitFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return pause(ms, undefined, { signal })
}
