import { describe, expect, it } from 'vitest'
import type { ChatMessage, ChatTool, TurnEvent } from '../../../src/core/model.ts'
import { isFunctionCall } from '../../../src/core/model.ts'
import { demoProvider } from '../../../src/providers/demo/demo.ts'

const tool = (name: string, description: string, properties: object = {}, required: string[] = []): ChatTool => ({
  type: 'function',
  function: { name, description, parameters: { type: 'object', properties, required } },
})
const text = { type: 'string' }
const whole = { type: 'integer' }

const tools = [
  tool('library__listBooks', 'Search the books', {
    q: { ...text, description: 'Words in the title.' },
    available: { type: 'boolean' },
    limit: whole,
  }),
  tool('library__getBook', 'Get one book', { bookId: whole }, ['bookId']),
  tool('library__createBook', 'Add a book', { title: text, author: text, year: whole }, ['title', 'author']),
  tool('weather__forecast', 'The weather of a city', { city: text, unit: { enum: ['celsius', 'kelvin'] } }, ['city']),
  tool('people__find', 'Find people', { author: text }, []),
  tool('everything__echo', 'Echoes back the input string', { message: text }, ['message']),
  tool('everything__get-sum', 'Returns the sum of two numbers', { a: { type: 'number' }, b: { type: 'number' } }, [
    'a',
    'b',
  ]),
  tool(
    'notes__save',
    'Save a note',
    {
      note: {
        type: 'object',
        properties: { body: text, tags: { type: 'array', items: text } },
        required: ['body', 'tags'],
      },
    },
    ['note'],
  ),
]

describe('demoProvider', () => {
  it.each<[string, string, object]>([
    ['add 2 and 40', 'everything__get-sum', { a: 2, b: 40 }],
    ['what is -1.5 plus 4?', 'everything__get-sum', { a: -1.5, b: 4 }],
    ['echo hello', 'everything__echo', { message: 'hello' }],
    ['please echo "good morning"', 'everything__echo', { message: 'good morning' }],
    ['which books are by Le Guin?', 'library__listBooks', { q: 'Le Guin' }],
    ['Which books are available?', 'library__listBooks', { available: true }],
    ['list books limit 5', 'library__listBooks', { limit: 5 }],
    ['listBooks q="the sea" limit=2', 'library__listBooks', { q: 'the sea', limit: 2 }],
    [`get${' '.repeat(1_900)}book 3`, 'library__getBook', { bookId: 3 }],
    ['get book 3', 'library__getBook', { bookId: 3 }],
    ['create a book titled "Dune" by Frank Herbert', 'library__createBook', { title: 'Dune', author: 'Frank Herbert' }],
    ['weather forecast in New York in kelvin', 'weather__forecast', { city: 'New York', unit: 'kelvin' }],
    ['find people by Ada', 'people__find', { author: 'Ada' }],
    ['save a note tags=a,b body="x y"', 'notes__save', { note: { body: 'x y', tags: ['a', 'b'] } }],
  ])('%s', async (message, name, args) => {
    const events = await turn([{ role: 'user', content: message }])
    const [call] = events.flatMap(event => (event.type === 'tool_calls' ? event.calls : [])).filter(isFunctionCall)
    expect([call?.function.name, JSON.parse(call?.function.arguments ?? '{}')]).toEqual([name, args])
  })

  it('says what it could call when nothing fits, and that it is no model', async () => {
    const answer = textOf(await turn([{ role: 'user', content: 'good evening' }]))
    expect(answer).toMatch(/^demo model \(no LLM\): nothing .* I can call:/)
    expect(answer).toContain('- everything__echo: Echoes back the input string')
    expect(textOf(await turn([{ role: 'user', content: 'hi' }], { tools: [] }))).toMatch(
      /^demo model \(no LLM\): .* has none/,
    )
  })

  it('answers with what the tool said, step after step', async () => {
    const messages: ChatMessage[] = [{ role: 'user', content: [{ type: 'text', text: 'add 1 and 2, then echo done' }] }]
    for (const result of ['The sum is 3.', 'Echo: done']) {
      const events = await turn(messages)
      const [call] = events.flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
      if (call === undefined) throw new Error('no call')
      messages.push(
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: result },
      )
    }
    const whole = textOf(await turn(messages))
    expect(whole).toMatch(/^demo model \(no LLM\): everything__get-sum\({"a":1,"b":2}\) answered:\nThe sum is 3\./)
    expect(whole).toContain('Echo: done')
    const pieces = await turn(messages, { stream: true })
    expect(pieces.length).toBeGreaterThan(5)
    expect(textOf(pieces)).toBe(whole)
  })

  it.each<[unknown, string | undefined]>([
    ['none', undefined],
    ['required', 'library__listBooks'],
    [{ type: 'function', function: { name: 'everything__echo' } }, 'everything__echo'],
  ])('obeys tool_choice %j', async (toolChoice, name) => {
    const events = await turn([{ role: 'user', content: 'good evening' }], { toolChoice })
    const [call] = events.flatMap(event => (event.type === 'tool_calls' ? event.calls : [])).filter(isFunctionCall)
    expect(call?.function.name).toBe(name)
  })
})

async function turn(
  messages: ChatMessage[],
  options: { tools?: ChatTool[]; stream?: boolean; toolChoice?: unknown } = {},
): Promise<TurnEvent[]> {
  const events: TurnEvent[] = []
  const request = { model: 'demo', messages, tools, stream: false, rest: {}, ...options }
  for await (const event of demoProvider().turn(request, { signal: new AbortController().signal })) events.push(event)
  return events
}

function textOf(events: readonly TurnEvent[]): string {
  return events.map(event => (event.type === 'delta' ? event.delta.content : '')).join('')
}
