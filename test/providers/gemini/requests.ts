import type { ChatMessage, ChatTool, ToolCall, TurnRequest } from '../../../src/core/model.ts'

/** A request with what a test is about. */
export function request(parts: Partial<TurnRequest> = {}): TurnRequest {
  return {
    model: 'gemini-2.5-flash',
    messages: [{ role: 'user', content: 'hi' }],
    tools: [],
    stream: false,
    rest: {},
    ...parts,
  }
}

/** A function tool. */
export function tool(name: string, properties: object = { x: { type: 'string' } }): ChatTool {
  return { type: 'function', function: { name, description: 'A tool.', parameters: { type: 'object', properties } } }
}

/** A call of the assistant's. */
export function call(id: string, name: string, args = '{}', others: object = {}): ToolCall {
  return { id, type: 'function', function: { name, arguments: args }, ...others }
}

/** An assistant's message with calls. */
export function asks(...calls: ToolCall[]): ChatMessage {
  return { role: 'assistant', content: null, tool_calls: calls }
}

/** A tool's answer. */
export function result(id: string, content: unknown, others: object = {}): ChatMessage {
  return { role: 'tool', tool_call_id: id, content, ...others }
}

export const png = 'data:image/png;base64,aGk='

/** Requests that between them send everything the codec can say. */
export const everything: Readonly<Record<string, TurnRequest>> = {
  text: request({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ],
  }),
  media: request({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look.' },
          { type: 'image_url', image_url: { url: png } },
          { type: 'image_url', image_url: { url: 'https://host/a.webp' } },
          { type: 'input_audio', input_audio: { data: 'aGk=', format: 'mp3' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,aGk=', filename: 'a.pdf' } },
          { type: 'video_url', video_url: { url: 'gs://bucket/a.mp4' } },
        ],
      },
    ],
  }),
  calls: request({
    model: 'gemini-3-pro-preview',
    messages: [
      { role: 'user', content: 'Weather?' },
      asks(
        call('a', 'weather', '{"city":"Rome"}', { extra_content: { google: { thought_signature: 'c2ln' } } }),
        call('b', 'weather', '{"city":"Oslo"}'),
      ),
      result('b', 'no', { is_error: true }),
      result('a', [
        { type: 'text', text: 'sunny' },
        { type: 'image_url', image_url: { url: png } },
        { type: 'file', file: { file_data: 'data:audio/wav;base64,aGk=' } },
      ]),
    ],
    tools: [
      tool('weather', { city: { type: ['string', 'null'], minLength: 1 }, days: { type: 'array', items: {} } }),
      { type: 'google_search' },
      { type: 'codeExecution' },
    ],
    toolChoice: { type: 'function', function: { name: 'weather' } },
  }),
  native: request({
    model: 'gemini-3-flash',
    messages: [
      { role: 'user', content: 'hi' },
      {
        ...asks(call('x', 'f')),
        native: {
          wire: 'gemini',
          value: {
            role: 'model',
            parts: [
              { text: 'Hm.', thought: true },
              { functionCall: { id: 'g1', name: 'f', args: {} }, thoughtSignature: 'c2ln' },
            ],
          },
        },
      },
      result('x', 'ok'),
    ],
    tools: [tool('f')],
  }),
  parameters: request({
    rest: {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      max_tokens: 100,
      stop: ['a', 'b'],
      seed: 7,
      n: 2,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      logprobs: true,
      top_logprobs: 3,
      reasoning_effort: 'high',
      modalities: ['text', 'image'],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'x', schema: { type: 'object', properties: { a: { const: 1 } }, $schema: 'x' } },
      },
      user: 'u',
      metadata: { a: 'b' },
      logit_bias: { 1: 2 },
      parallel_tool_calls: false,
      stream_options: { include_usage: true },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      labels: { team: 'a' },
      extra_body: { google: { cached_content: 'cachedContents/1' } },
    },
  }),
  levels: request({ model: 'gemini-3-pro-preview', rest: { reasoning_effort: 'low' } }),
  fields: request({
    rest: { temperature: 1 },
    native: { wire: 'gemini', value: { generationConfig: { topK: 5 }, safetySettings: [], contents: [] } },
  }),
}
