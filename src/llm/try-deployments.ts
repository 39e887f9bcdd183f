import { setTimeout as pause } from 'node:timers/promises'
import { GatewayError } from '../core/errors.ts'
import type { Limits } from '../core/limits.ts'
import type { ModelConfig } from '../core/model.ts'
import { keepCooldowns } from './cooldowns.ts'
import type { Route } from './find-model.ts'
import { findModel } from './find-model.ts'
import { judge } from './provider-failure.ts'

/** What trying needs; the clock and the dice are a test's to replace. */
export type TryOptions = Readonly<{
  /** Every deployment, as the configuration has it now. */
  models: () => readonly ModelConfig[]
  limits: Pick<Limits, 'modelRetries' | 'modelFailures' | 'modelCooldownMs' | 'firstEventTimeoutMs'>
  log: (level: 'warn', message: string) => void
  now?: () => number
  random?: () => number
  wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}>

/** Asks one deployment. The signal aborts when the caller goes away, and when it takes too long to begin. */
export type Ask<T> = (deployment: ModelConfig, signal: AbortSignal) => Promise<T>

/**
 * Asks the deployments of a name, and where they fail those of its fallbacks, until one has begun to answer.
 *
 * @throws GatewayError `MODEL_NOT_FOUND`; otherwise what was thrown last
 */
export type TryDeployments = <T>(name: string, signal: AbortSignal, ask: Ask<T>) => Promise<T>

/** The pause before the first new try; it doubles, with dice, up to the second. */
const firstPauseMs = 250
const longestPauseMs = 8_000

/**
 * Keeps how deployments do, whatever they are asked for.
 *
 * A deployment is chosen by weight among those that are not spared. One that fails with 429, 5xx or silence is tried
 * again, another where there is one; a request that is refused is not.
 */
export function tryDeployments(options: TryOptions): TryDeployments {
  const { models, limits, log, now = Date.now, random = Math.random, wait = waitFor } = options
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

  return async (name, signal, ask) => {
    let last: unknown
    for (const { deployments } of routesOf(name)) {
      const failed = new Set<ModelConfig>()
      const retries = Math.max(...deployments.map(each => each.retries ?? limits.modelRetries))
      for (let attempt = 0; attempt <= retries; attempt += 1) {
        const untried = deployments.filter(each => !failed.has(each))
        const deployment = choose(untried.length > 0 ? untried : deployments)
        if (deployment === undefined) break
        try {
          const begun = await askInTime(deployment, limits.firstEventTimeoutMs, signal, ask)
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
}

/** @throws what is thrown; `PROVIDER_ERROR` where nothing comes in time */
async function askInTime<T>(deployment: ModelConfig, timeoutMs: number, signal: AbortSignal, ask: Ask<T>): Promise<T> {
  const ms = deployment.firstEventTimeoutMs ?? timeoutMs
  const either = new AbortController()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    either.abort()
  }, ms)
  // Not `AbortSignal.any`, which costs as much as reading a small answer.
  const leave = (): void => either.abort(signal.reason)
  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  try {
    return await ask(deployment, either.signal)
  } catch (thrown) {
    signal.removeEventListener('abort', leave)
    if (!isLate || signal.aborted) throw thrown
    const message = `The provider of model "${deployment.name}" said nothing within ${ms} ms (limits.firstEventTimeoutMs).`
    const error = { message, type: 'server_error', param: null, code: 'timeout' }
    throw new GatewayError('PROVIDER_ERROR', message, { data: { status: 504, error }, cause: thrown })
  } finally {
    clearTimeout(timer)
  }
}

/** Never its key. */
function describe({ provider, model, baseUrl }: ModelConfig): string {
  return `"${model}" of ${baseUrl === undefined ? provider : (URL.parse(baseUrl)?.host ?? provider)}`
}

function waitFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return pause(ms, undefined, { signal })
}
