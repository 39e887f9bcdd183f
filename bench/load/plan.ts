/** What a load generator sends, again and again. */
export type Plan = Readonly<{
  url: string
  /** Added to every request: keys, `accept-encoding`. */
  headers: Readonly<Record<string, string>>
  connections: number
  work: Work
}>

/**
 * One unit of work, which counts as one request in every result.
 *
 * - `call`: one tools/call of an echo tool; `resultBytes` asks for a result of that size.
 * - `list`: tools/list, following `nextCursor` to the last page.
 * - `rest`: the POST that an OpenAPI source makes of a call.
 * - `chat`: one completion, whole or streamed. `tools` has the model call the echo tool on the way: `mcp` by an entry that the
 *   gateway answers for, `parts` as the two completions and one tools/call that this comes to, one after the other.
 */
export type Work =
  | Readonly<{ kind: 'call'; era: Era; tool: string; resultBytes?: number }>
  | Readonly<{ kind: 'list'; era: Era }>
  | Readonly<{ kind: 'rest' }>
  | Readonly<{ kind: 'chat'; stream: boolean; tools?: 'mcp' | 'parts' }>

/** `legacy`: initialize and sessions, here 2025-11-25; `modern`: 2026-07-28, stateless. */
export type Era = 'legacy' | 'modern'

/** What one window of load came to. Latencies are microseconds. */
export type Sample = Readonly<{
  requests: number
  seconds: number
  p50Us: number
  p99Us: number
  /** Bytes of body in one answer (one walk of pages), of the last one seen. */
  bytes: number
}>

/** What the harness tells the generator, one at a time. */
export type Order =
  | Readonly<{ order: 'open'; plan: Plan }>
  | Readonly<{ order: 'run'; durationMs: number }>
  | Readonly<{ order: 'close' }>

/** What the generator answers to each order. */
export type Answer = Readonly<{ sample?: Sample; failure?: string }>

/** The path of the echo REST API's one operation, without its query. */
export const restPath: (id: number) => string = id => `/things/${id}/echo`

/** The protocol revisions that the two eras stand for here. */
export const revisions: Readonly<Record<Era, string>> = { legacy: '2025-11-25', modern: '2026-07-28' }
