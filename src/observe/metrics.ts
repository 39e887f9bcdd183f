import type { Metric } from 'prom-client'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Tallies } from './tallies.ts'
import { bucketsMs } from './tallies.ts'

/** How things stand at the moment of asking. */
export type Standing = Readonly<{
  sources: readonly Readonly<{ id: string; state: string; tools: number; breaker?: string | undefined }>[]
  sessions: number
  streams: number
}>

/** What is counted, in Prometheus' text format. */
export type Metrics = Readonly<{ contentType: string; text: () => Promise<string> }>

/**
 * Writes what was counted for Prometheus, and what the process uses, which is watched from the first time on.
 *
 * Labels are ids of the configuration and words of ours, so that there are never more series than the operator made.
 */
export function openMetrics(tallies: Tallies, standing: () => Standing): Metrics {
  const registry = new Registry()
  // Once a second is enough to see that the loop is held up, and costs nothing.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 })
  const add = (series: Series): void => registry.registerMetric(series as unknown as Metric)
  add(
    counter('patchbay_calls_total', 'Calls of tools and relayed requests, by source and outcome.', () =>
      callsOf(tallies),
    ),
  )
  add({
    name: 'patchbay_call_duration_seconds',
    get: async () => ({
      name: 'patchbay_call_duration_seconds',
      help: 'How long they took, waiting for their turn included.',
      type: 'histogram',
      values: durationsOf(tallies),
    }),
  })
  add(counter('patchbay_http_requests_total', 'HTTP requests, by door and class of status.', () => requestsOf(tallies)))
  add(counter('patchbay_llm_tokens_total', 'Tokens of models, by kind.', () => tokensOf(tallies)))
  add(counter('patchbay_llm_cost_dollars_total', 'What they cost, where it is known.', () => costsOf(tallies)))
  add(
    counter('patchbay_llm_unpriced_turns_total', 'Turns of models whose cost nobody knows.', () => unpricedOf(tallies)),
  )
  add(gauge('patchbay_source_state', 'The state that each source is in.', () => statesOf(standing())))
  add(gauge('patchbay_source_tools', 'Tools that a source offers.', () => toolsOf(standing())))
  add(
    gauge('patchbay_breaker_open', 'Whether calls of a source are refused for a while.', () => breakersOf(standing())),
  )
  add(gauge('patchbay_sessions', 'Sessions of old clients.', () => [{ labels: {}, value: standing().sessions }]))
  add(gauge('patchbay_streams', 'Streams that wait for changes.', () => [{ labels: {}, value: standing().streams }]))
  return { contentType: registry.contentType, text: () => registry.metrics() }
}

type Value = Readonly<{ labels: Readonly<Record<string, string | number>>; value: number; metricName?: string }>

/** What the registry asks of a metric, which may keep its numbers wherever it likes. */
type Series = Readonly<{
  name: string
  get: () => Promise<Readonly<{ name: string; help: string; type: string; values: readonly Value[] }>>
}>

function counter(name: string, help: string, values: () => readonly Value[]): Series {
  return { name, get: async () => ({ name, help, type: 'counter', values: values() }) }
}

function gauge(name: string, help: string, values: () => readonly Value[]): Series {
  return { name, get: async () => ({ name, help, type: 'gauge', values: values() }) }
}

function callsOf({ calls }: Tallies): readonly Value[] {
  return [...calls].flatMap(([source, { outcomes }]) =>
    Object.entries(outcomes).map(([outcome, value]) => ({ labels: { source, outcome }, value })),
  )
}

/** A bucket counts all that took at most as long as its bound, the shorter ones too (Prometheus, "Histogram"). */
function durationsOf({ calls }: Tallies): readonly Value[] {
  const name = 'patchbay_call_duration_seconds'
  return [...calls].flatMap(([source, { buckets, count, sumMs }]) => {
    let below = 0
    const bounded = bucketsMs.map((bound, at) => {
      below += buckets[at] ?? 0
      return { metricName: `${name}_bucket`, labels: { le: bound / 1_000, source }, value: below }
    })
    return [
      ...bounded,
      { metricName: `${name}_bucket`, labels: { le: '+Inf', source }, value: count },
      { metricName: `${name}_sum`, labels: { source }, value: sumMs / 1_000 },
      { metricName: `${name}_count`, labels: { source }, value: count },
    ]
  })
}

function requestsOf({ doors }: Tallies): readonly Value[] {
  return [...doors].flatMap(([door, byClass]) =>
    [...byClass].map(([kind, value]) => ({ labels: { door, status: `${kind}xx` }, value })),
  )
}

function tokensOf({ models }: Tallies): readonly Value[] {
  return [...models].flatMap(([model, { tokens }]) => [
    { labels: { model, kind: 'input' }, value: tokens.input },
    { labels: { model, kind: 'output' }, value: tokens.output },
    { labels: { model, kind: 'cache_read' }, value: tokens.cacheRead },
    { labels: { model, kind: 'cache_write' }, value: tokens.cacheWrite },
  ])
}

function costsOf({ models }: Tallies): readonly Value[] {
  return [...models].map(([model, { cost }]) => ({ labels: { model }, value: cost }))
}

function unpricedOf({ models }: Tallies): readonly Value[] {
  return [...models].map(([model, { unpriced }]) => ({ labels: { model }, value: unpriced }))
}

function statesOf({ sources }: Standing): readonly Value[] {
  return sources.map(({ id, state }) => ({ labels: { source: id, state }, value: 1 }))
}

function toolsOf({ sources }: Standing): readonly Value[] {
  return sources.map(({ id, tools }) => ({ labels: { source: id }, value: tools }))
}

function breakersOf({ sources }: Standing): readonly Value[] {
  return sources.map(({ id, breaker }) => ({ labels: { source: id }, value: breaker === 'open' ? 1 : 0 }))
}
