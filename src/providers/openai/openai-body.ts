import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { ChatTool, TurnRequest } from '../../core/model.ts'

/** How many tools OpenAI and Azure take in one request; more is answered with `array_above_max_length`. */
const maxOpenAiTools = 128

/**
 * Writes a turn as the body of `POST /chat/completions`. Names must be legal already.
 *
 * @throws GatewayError `REQUEST_INVALID` for more than `maxTools` tools
 */
export function toOpenAi(request: TurnRequest, maxTools: number = maxOpenAiTools): JsonObject {
  const { tools, toolChoice } = request
  if (tools.length > maxTools) throw tooManyTools(tools, maxTools)
  return {
    ...request.rest,
    model: request.model,
    messages: request.messages,
    ...(tools.length > 0 && { tools }),
    ...(toolChoice !== undefined && { tool_choice: toolChoice }),
    ...(request.stream && { stream: true }),
  }
}

function tooManyTools(tools: readonly ChatTool[], maxTools: number): GatewayError {
  return new GatewayError(
    'REQUEST_INVALID',
    `The request has ${tools.length} tools, and this model takes at most ${maxTools}. Choose with allowed_tools, or a narrower server_url such as "patchbay/mcp/<server>".`,
    { data: { param: 'tools', code: 'too_many_tools' } },
  )
}
