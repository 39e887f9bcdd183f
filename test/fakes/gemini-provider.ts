import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { readBody, scriptOf, serveFake } from './scripted-server.ts'

/** A part of a turn, as far as tests look at it. */
export type GeminiPart = {
  text?: string
  thought?: boolean
  thoughtSignature?: string
  functionCall?: { name: string; args?: object; id?: string }
  functionResponse?: { name: string; response: object; id?: string; parts?: object[] }
  [field: string]: unknown
}

/** A body of `generateContent`, as far as tests look at it. */
export type GeminiBody = {
  contents: { role: string; parts: GeminiPart[] }[]
  systemInstruction?: { parts: GeminiPart[] }
  tools?: { functionDeclarations?: { name: string; description?: string; parameters?: object }[] }[]
  toolConfig?: { functionCallingConfig?: { mode?: string; allowedFunctionNames?: string[] } }
  [field: string]: unknown
}

/** What the fake was sent. */
export type GeminiRequest = Readonly<{
  path: string
  headers: IncomingHttpHeaders
  body: GeminiBody
  isStream: boolean
}>

/** Answers one request. */
export type GeminiReply = (received: GeminiRequest, response: ServerResponse) => void | Promise<void>

/** A running fake. */
export type FakeGemini = Readonly<{
  /** For `baseUrl`; models are below it. */
  url: string
  received: readonly GeminiRequest[]
  /** Adds replies; each answers one request, and the last one all that follow. */
  script: (...replies: GeminiReply[]) => void
  close: () => Promise<void>
}>

/**
 * Starts an HTTP server on a free port that speaks `generateContent` and `streamGenerateContent?alt=sse` as it was told
 * to, and refuses what Google refuses, with Google's error: order of roles, counts and names of results, names and
 * schemas of functions, empty parts, unsigned calls to Gemini 3.
 */
export async function startFakeGemini(...replies: GeminiReply[]): Promise<FakeGemini> {
  const received: GeminiRequest[] = []
  const script = scriptOf(replies)
  const { origin, close } = await serveFake(async (request, response) => {
    const path = request.url ?? ''
    const isStream = path.includes(':streamGenerateContent')
    const seen = { path, headers: request.headers, body: JSON.parse(await readBody(request)) as GeminiBody, isStream }
    received.push(seen)
    const fault = findFault(seen)
    if (fault !== undefined) return refuses(400, 'INVALID_ARGUMENT', fault)(seen, response)
    const reply = script.next()
    await (reply ?? geminiSays('ok'))(seen, response)
  })
  return {
    url: `${origin}/v1beta`,
    received,
    script: script.replace,
    close,
  }
}

/** Answers with a text, in two chunks where a stream was asked for. */
export function geminiSays(text: string): GeminiReply {
  const half = Math.ceil(text.length / 2)
  return answers([{ text: text.slice(0, half) }], [{ text: text.slice(half) }])
}

/** Answers with calls, each in a chunk of its own, the first of them signed. */
export function geminiCalls(...calls: readonly { name: string; args?: object; id?: string }[]): GeminiReply {
  return answers(
    ...calls.map((call, index) => [{ functionCall: call, ...(index === 0 && { thoughtSignature: 'c2lnbmVk' }) }]),
  )
}

/** Answers with these parts; each list is one chunk of a stream. */
export function answers(...chunks: readonly (readonly object[])[]): GeminiReply {
  return ({ isStream }, response) => {
    const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 10 }
    const toAnswer = (parts: readonly object[], isLast: boolean): object => ({
      candidates: [{ content: { role: 'model', parts }, index: 0, ...(isLast && { finishReason: 'STOP' }) }],
      ...(isLast && { usageMetadata }),
      modelVersion: 'gemini-3-pro-preview',
      responseId: 'r1',
    })
    if (!isStream) return sendJson(response, 200, toAnswer(chunks.flat(), true))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    chunks.forEach((parts, index) => {
      response.write(`data: ${JSON.stringify(toAnswer(parts, index === chunks.length - 1))}\r\n\r\n`)
    })
    response.end()
  }
}

/** Answers with an error of Google's form. */
export function refuses(code: number, status: string, message: string, details?: readonly object[]): GeminiReply {
  return (_, response) => sendJson(response, code, { error: { code, message, status, ...(details && { details }) } })
}

/** What Google would refuse in a body, in its words; undefined for a body that it takes. */
export function findFault({ body, path }: Pick<GeminiRequest, 'body' | 'path'>): string | undefined {
  const { contents, tools = [], systemInstruction } = body
  if (!Array.isArray(contents) || contents.length === 0) return 'contents is not specified'
  const turns = [...contents, ...(systemInstruction ? [{ role: 'system', ...systemInstruction }] : [])]
  for (const [index, { parts }] of turns.entries()) {
    if (!Array.isArray(parts) || parts.length === 0) return `contents[${index}].parts must not be empty`
    if (parts.some(part => part.text === '' && part.thoughtSignature === undefined)) return 'an empty text parameter'
  }
  const declared = tools.flatMap(tool => tool.functionDeclarations ?? [])
  const wrong = declared.find(({ name }) => !/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/.test(name))
  if (wrong !== undefined) return `Invalid function name: ${wrong.name}`
  if (declared.length > 512) return 'at most 512 function declarations'
  return findWrongTurn(contents, /gemini-[3-9]/.test(path)) ?? declared.map(findWrongSchema).find(Boolean)
}

function findWrongTurn(contents: GeminiBody['contents'], mustSign: boolean): string | undefined {
  for (const [index, { role, parts }] of contents.entries()) {
    if (role !== (index % 2 === 0 ? 'user' : 'model')) return `contents[${index}].role is "${role}"`
    const calls = parts.flatMap(part => (part.functionCall ? [part] : []))
    const results = parts.flatMap(part => (part.functionResponse ? [part.functionResponse] : []))
    const asked = (contents[index - 1]?.parts ?? []).flatMap(part => (part.functionCall ? [part.functionCall] : []))
    if (results.length !== asked.length) {
      return 'the number of function response parts is not equal to that of function call parts of the function call turn'
    }
    if (results.some((result, at) => result.name !== asked[at]?.name)) return 'function_response.name does not match'
    if (results.some(({ response }) => typeof response !== 'object')) return 'function_response.response: not a struct'
    if (JSON.stringify(results.map(({ response }) => response)).includes('"$ref":')) return 'The referenced name'
    if (mustSign && calls[0] && !calls[0].thoughtSignature) return 'Function call is missing a thought_signature'
  }
  return contents.length % 2 === 0 ? 'multiturn requests must end with a user role' : undefined
}

const schemaKeys =
  /^(?:type|description|nullable|enum|format|properties|required|items|anyOf|minimum|maximum|minItems|maxItems)$/

function findWrongSchema(declared: { name: string; parameters?: object }): string | undefined {
  const open: unknown[] = [declared.parameters]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { properties, items, anyOf, ...others } = node as Record<string, unknown>
    const unknown = Object.keys(node as object).find(key => !schemaKeys.test(key))
    if (unknown !== undefined) return `Unknown name "${unknown}" at '${declared.name}.parameters': Cannot find field.`
    if (anyOf !== undefined && Object.keys(others).length > 0) return 'specified other fields alongside any_of'
    if (anyOf === undefined && typeof others.type !== 'string') return 'schema did not specify the type field'
    open.push(
      ...Object.values((properties ?? {}) as object),
      ...((anyOf ?? []) as unknown[]),
      ...(items ? [items] : []),
    )
  }
  return undefined
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body))
}
