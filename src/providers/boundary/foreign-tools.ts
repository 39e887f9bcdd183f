import { GatewayError } from '../../core/errors.ts'
import type { TurnRequest, WireName } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import type { Dialect } from '../codec.ts'

/**
 * Refuses tools that only the provider of another wire has: what a caller of that wire names by a type of its own has no
 * schema that could be given to anyone else.
 *
 * @throws GatewayError `REQUEST_INVALID`
 */
export function refuseForeignTools({ native, tools }: TurnRequest, { wire }: Pick<Dialect, 'wire'>): void {
  if (native === undefined || native.wire === wire) return
  const at = tools.findIndex(tool => !isFunctionTool(tool))
  const tool = tools[at]
  if (tool === undefined) return
  const vendor = vendors[native.wire]
  throw new GatewayError(
    'REQUEST_INVALID',
    `The tool "${String(tool.name ?? tool.type).slice(0, 100)}" of type "${tool.type.slice(0, 60)}" is known to ${vendor} alone, and this model is not served by ${vendor}. Leave it out, or ask for a model of ${vendor}.`,
    { data: { param: 'tools', code: 'unsupported_tool' } },
  )
}

const vendors: Readonly<Record<WireName, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  gemini: 'Google',
  bedrock: 'Bedrock',
  'ai-sdk': 'the AI SDK',
}
