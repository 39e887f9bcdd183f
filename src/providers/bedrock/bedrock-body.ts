import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnRequest } from '../../core/model.ts'
import type { WireRequest } from '../codec.ts'
import { namesCalled, toConversation } from './bedrock-messages.ts'
import { toParameters } from './bedrock-parameters.ts'
import { toSerialChoice, toToolConfig } from './bedrock-tools.ts'

/**
 * Writes a turn as `POST /model/{modelId}/converse` or `converse-stream`. Names, ids and schemas must be legal already.
 *
 * The model may be an id, an inference profile or an ARN; whatever is no letter or digit in it is percent-encoded.
 *
 * @throws GatewayError `REQUEST_INVALID` for content or tools that Converse cannot carry
 */
export function toBedrock(request: TurnRequest): WireRequest {
  const { system, messages } = toConversation(request.messages, takesStatus(request.model))
  const toolConfig = toToolConfig(request, namesCalled(messages))
  const parameters = toParameters(request, messages)
  const serial = toSerialChoice(request)
  return {
    path: `/model/${encodeURIComponent(request.model)}/${request.stream ? 'converse-stream' : 'converse'}`,
    body: {
      ...parameters,
      ...(serial && { additionalModelRequestFields: withChoice(parameters.additionalModelRequestFields, serial) }),
      messages,
      ...(system.length > 0 && { system }),
      ...(toolConfig !== undefined && { toolConfig: serial ? { tools: toolConfig.tools } : toolConfig }),
    },
  }
}

/** What the caller has there wins. */
function withChoice(additional: unknown, choice: JsonObject): JsonObject {
  return { tool_choice: choice, ...(isObject(additional) ? additional : {}) }
}

/** Only Claude and Nova take `status` (Converse API reference, ToolResultBlock). An ARN may stand for either. */
function takesStatus(model: string): boolean {
  return !/(^|[./])(ai21|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai|qwen|writer|zai)\./i.test(
    model,
  )
}
