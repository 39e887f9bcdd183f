import type { JsonObject } from '../../core/json.ts'
import type { TurnRequest } from '../../core/model.ts'
import type { Block } from './anthropic-content.ts'
import type { TraitOptions } from './anthropic-model.ts'
import { traitsOf } from './anthropic-model.ts'
import { toParameters } from './anthropic-parameters.ts'
import { isForced, toTools } from './anthropic-tools.ts'
import { hasUnexplainedCalls, toTurns } from './anthropic-turns.ts'

/**
 * Writes a turn as the body of `POST /v1/messages`. Names, keys, schemas and ids must be legal already.
 *
 * The fields of a caller who speaks this wire (`native`) stand in place of OpenAI's parameters and go out as they came;
 * messages, tools and choice are the turn's in either case.
 *
 * @throws GatewayError `REQUEST_INVALID` for what the wire cannot carry
 */
export function toAnthropic(request: TurnRequest, options: TraitOptions = {}): JsonObject {
  const traits = traitsOf(request.model, options)
  const { system, turns } = toTurns(request.messages)
  const tools = toTools(request, turns, traits)
  const mayBudget = !isForced(tools) && !hasUnexplainedCalls(turns)
  return {
    ...(ownFields(request, traits.maxOutputTokens) ?? toParameters(request.rest, traits, mayBudget)),
    ...(system.length > 0 && { system: plainOr(system) }),
    ...ownSystem(request),
    model: request.model,
    messages: turns,
    ...tools,
    ...(request.stream && { stream: true }),
  }
}

/** The beta features that a caller of this wire asks for: `betas`, as Anthropic's clients name them. */
export function betasOf({ native }: TurnRequest): readonly string[] {
  const betas = native?.wire === 'anthropic' ? native.value.betas : undefined
  return Array.isArray(betas) ? betas.filter(beta => typeof beta === 'string') : []
}

function ownFields({ native }: TurnRequest, maxTokens: number): JsonObject | undefined {
  if (native?.wire !== 'anthropic') return undefined
  const { betas, model, messages, system, tools, tool_choice: choice, stream, ...fields } = native.value
  return { max_tokens: maxTokens, ...fields }
}

/** A `system` that comes with the native fields is the one; the messages' stands in for it on other wires. */
function ownSystem({ native }: TurnRequest): JsonObject {
  const system = native?.wire === 'anthropic' ? native.value.system : undefined
  return system === undefined ? {} : { system }
}

/** One plain text is sent as a string. */
function plainOr(blocks: readonly Block[]): unknown {
  const [first] = blocks
  return blocks.length === 1 && first !== undefined && Object.keys(first).length === 2 ? first.text : blocks
}
