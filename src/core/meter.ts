import type { Tokens } from './price.ts'

/** How one call of a source ended: `tool_error` is the tool's own failure, `failed` one that gave no result. */
export type CallOutcome = 'ok' | 'tool_error' | 'failed' | 'cancelled'

/** Where what happens is counted. Cheap, since every call and every request passes by. */
export type Meter = Readonly<{
  /** One call, or relayed request, of a source has ended, after so many milliseconds. */
  called(sourceId: string, outcome: CallOutcome, ms: number): void
  /** One HTTP exchange has ended. `door` is one of a few names; never a path that a client chose. */
  answered(door: string, status: number): void
}>

/** Where it is counted what models take. */
export type SpendingMeter = Readonly<{
  /**
   * A turn of a model, or a request for embeddings, has ended. `model` is the name of its entry; never one that a client
   * chose. `cost` is in US dollars, and absent where it is unknown.
   */
  spent(model: string, tokens: Tokens, cost: number | undefined): void
}>
