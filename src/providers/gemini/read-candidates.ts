import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ToolCall, TurnEvent } from '../../core/model.ts'
import { toBrokenTurn, toInnerError } from '../wire/provider-error.ts'
import { failureOf, toFinishReason } from './finish-reason.ts'
import { toLogprobs } from './gemini-usage.ts'
import type { CallDraft } from './partial-call.ts'
import { beginCall, extendCall } from './partial-call.ts'
import { sayPart } from './say-part.ts'

/** Reads the candidates of one answer, which may come in any number of pieces. */
export type Candidates = Readonly<{
  /** What a piece adds, calls aside. @throws GatewayError `PROVIDER_ERROR` for a call that makes no sense */
  add(raw: JsonObject): TurnEvent[]
  /**
   * Calls and ends, once the answer is complete.
   *
   * @throws GatewayError `PROVIDER_ERROR` for a candidate that has not ended, or ended in failure
   */
  end(options: Readonly<{ mayLackReason: boolean; modelVersion: string | undefined }>): TurnEvent[]
  readonly count: number
}>

type Candidate = {
  /** As the next turn of this wire wants them back; a call is filled in when it is whole. */
  readonly parts: (Said | Called)[]
  readonly google: Record<string, unknown>
  call: CallDraft | undefined
  reason: string | undefined
  message: unknown
}

/** A part that is no call. */
type Said = Readonly<{ part: JsonObject }>

/** A call, and the part that it began with. */
type Called = Readonly<{ part: JsonObject; draft: CallDraft }>

/** Begins an answer. `model` is named in errors. */
export function readCandidates(model: string, redact: (text: string) => string): Candidates {
  const candidates = new Map<number, Candidate>()
  const ids = new Set<string>()
  return {
    add(raw) {
      const choice = typeof raw.index === 'number' ? raw.index : 0
      const candidate = candidates.get(choice) ?? begin()
      candidates.set(choice, candidate)
      return addPiece(candidate, raw, choice, model)
    },
    end: ({ mayLackReason, modelVersion }) =>
      [...candidates].flatMap(([choice, candidate]) => {
        const { reason = mayLackReason ? 'STOP' : undefined } = candidate
        if (reason === undefined) throw toBrokenTurn(model, 'broke off before its answer was complete')
        const failure = failureOf(reason, candidate.message)
        if (failure !== undefined) throw toInnerError(model, failure, redact)
        if (candidate.call?.openText !== undefined) throw toBrokenTurn(model, 'broke off inside a tool call')
        return endCandidate(candidate, { choice, reason, modelVersion, ids })
      }),
    get count() {
      return candidates.size
    },
  }
}

function begin(): Candidate {
  return { parts: [], google: {}, call: undefined, reason: undefined, message: undefined }
}

/** What Google says of a candidate that OpenAI's form has no place for; the last of each is told with the end. */
const extras = [
  'groundingMetadata',
  'citationMetadata',
  'urlContextMetadata',
  'safetyRatings',
  'avgLogprobs',
  'finishMessage',
  'continuationToken',
]

function addPiece(candidate: Candidate, raw: JsonObject, choice: number, model: string): TurnEvent[] {
  const { content, finishReason, logprobsResult } = raw
  for (const name of extras) if (raw[name] !== undefined && raw[name] !== null) candidate.google[name] = raw[name]
  if (typeof finishReason === 'string' && finishReason !== 'FINISH_REASON_UNSPECIFIED') candidate.reason = finishReason
  candidate.message = raw.finishMessage ?? candidate.message
  const parts = isObject(content) && Array.isArray(content.parts) ? content.parts.filter(isObject) : []
  const logprobs = toLogprobs(logprobsResult)
  const events = parts.flatMap((part): TurnEvent[] => {
    if (isObject(part.functionCall)) addCall(candidate, part, part.functionCall, model)
    else keep(candidate, part)
    const delta = sayPart(part)
    return delta === undefined ? [] : [{ type: 'delta', choice, delta }]
  })
  return logprobs === undefined ? events : [...events, { type: 'delta', choice, delta: {}, fields: { logprobs } }]
}

function addCall(candidate: Candidate, part: JsonObject, piece: JsonObject, model: string): void {
  const { name } = piece
  try {
    if (typeof name === 'string' && name !== '') {
      if (candidate.call?.openText !== undefined) throw new RangeError('another call began inside a text')
      candidate.call = beginCall(name, piece)
      candidate.parts.push({ draft: candidate.call, part })
    } else if (candidate.call?.isOpen) extendCall(candidate.call, piece)
    else if (piece.args !== undefined || piece.partialArgs !== undefined) throw new RangeError('a call has no name')
  } catch (cause) {
    throw toBrokenTurn(model, 'sent a tool call that makes no sense', cause)
  }
}

/** Joins the pieces of a text; a signed part stays by itself, since its signature is of that part. */
function keep({ parts }: Candidate, part: JsonObject): void {
  const last = parts.at(-1)
  if (part.text === '' && part.thoughtSignature === undefined) return
  const isMore = last !== undefined && !isCall(last) && last.part.thought === part.thought
  if (isMore && isPlainText(last.part) && isPlainText(part)) {
    parts[parts.length - 1] = { part: { ...last.part, text: `${String(last.part.text)}${String(part.text)}` } }
  } else parts.push({ part })
}

function isPlainText(part: JsonObject): boolean {
  return typeof part.text === 'string' && Object.keys(part).every(key => key === 'text' || key === 'thought')
}

function endCandidate(
  candidate: Candidate,
  end: Readonly<{ choice: number; reason: string; modelVersion: string | undefined; ids: Set<string> }>,
): TurnEvent[] {
  const { choice, modelVersion } = end
  const told = modelVersion === undefined ? {} : { modelVersion }
  const drafts = candidate.parts.filter(isCall)
  const reason = toFinishReason(end.reason, drafts.length > 0)
  // A filter has the last word on what was called before it; a call that the limit cut is not whole.
  const whole = reason === 'content_filter' ? [] : drafts.filter(({ draft }) => reason !== 'length' || !draft.isOpen)
  const calls = whole.map(({ draft, part }) => toCall(draft, part.thoughtSignature, modelVersion, end.ids))
  const parts = candidate.parts.flatMap(item =>
    isCall(item) ? (whole.includes(item) ? [toPart(item)] : []) : [item.part],
  )
  const isTold = end.reason === 'STOP' || end.reason === 'MAX_TOKENS'
  const fields = {
    ...(!isTold && { native_finish_reason: end.reason }),
    ...(Object.keys(candidate.google).length > 0 && { google: candidate.google }),
  }
  return [
    ...(calls.length > 0 ? [{ type: 'tool_calls', choice, calls } as const] : []),
    {
      type: 'finish',
      choice,
      reason,
      ...(Object.keys(fields).length > 0 && { fields }),
      ...(parts.length > 0 && { native: { wire: 'gemini', value: { role: 'model', parts, ...told } } }),
    },
  ]
}

function isCall(item: Said | Called): item is Called {
  return 'draft' in item
}

/** As it came where it came whole; put together where it came in pieces. */
function toPart({ draft, part }: Called): JsonObject {
  const { args, partialArgs, willContinue, ...call } = part.functionCall as JsonObject
  const isWhole = partialArgs === undefined && willContinue !== true
  return isWhole ? part : { ...part, functionCall: { ...call, args: draft.args } }
}

/** An id that is absent, or that another call has already, becomes one of ours. */
function toCall(draft: CallDraft, signature: unknown, model: string | undefined, ids: Set<string>): ToolCall {
  const own = draft.id !== undefined && !ids.has(draft.id) ? draft.id : undefined
  const id = own ?? `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`
  ids.add(id)
  return {
    id,
    type: 'function',
    function: { name: draft.name, arguments: JSON.stringify(draft.args) },
    ...(typeof signature === 'string' && {
      extra_content: { google: { thought_signature: signature, ...(model !== undefined && { model }) } },
    }),
  }
}
