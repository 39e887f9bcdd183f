import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TurnEvent } from '../../../src/core/model.ts'
import { fromAnthropic } from '../../../src/providers/anthropic/anthropic-answer.ts'
import { fromAnthropicStream } from '../../../src/providers/anthropic/anthropic-stream.ts'
import { readStream } from '../read-stream.ts'
import { fixtures, hasFixtures } from '../recorded-fixtures.ts'
import { collect, each, told } from './turn.ts'

type Block = JsonObject & { type: string }
const context = { model: 'm', redact: (text: string) => text }
const own = join(import.meta.dirname, '..', '..', 'fixtures', 'anthropic')

describe('bodies of ours in the recorded format', () => checkFolder(own))

describe.skipIf(!hasFixtures)('recorded answers', () => {
  if (hasFixtures) checkFolder(join(fixtures, 'packages', 'anthropic', 'src', '__fixtures__'))
})

/** Every answer of a folder is read without loss: text, thinking, calls, usage, and the message itself. */
function checkFolder(folder: string): void {
  const names = readdirSync(folder)

  it.each(names.filter(name => name.endsWith('.json')))('%s is read whole', name => {
    const answer = JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonObject
    const blocks = answer.content as Block[]
    expectTurn(fromAnthropic(answer), blocks, answer.usage as JsonObject)
  })

  it.each(names.filter(name => name.endsWith('.chunks.txt')))('%s is read whole', async name => {
    for (const events of splitMessages(readFileSync(join(folder, name), 'utf8'))) {
      const turn = await collect(
        readStream(fromAnthropicStream(context), each(events.map(event => ({ data: JSON.stringify(event) })))),
      )
      const { blocks, usage } = assemble(events)
      expectTurn(turn, blocks, usage)
    }
  })
}

function expectTurn(events: readonly TurnEvent[], blocks: readonly Block[], usage: JsonObject): void {
  const texts = blocks.filter(({ type }) => type === 'text').map(({ text }) => text)
  const calls = blocks.filter(({ type }) => type === 'tool_use')
  const finish = events.at(-1)
  if (finish?.type !== 'finish') throw new Error('The turn has no finish.')
  expect(told(events, 'content')).toBe(texts.join(''))
  expect(
    events
      .flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
      .map(({ id, function: fn }) => ({ id, ...(fn as object) })),
  ).toEqual(calls.map(({ id, name, input }) => ({ id, name, arguments: expect.toSatisfy(sameJson(input)) as string })))
  expect(finish.native?.value.content ?? []).toEqual(blocks)
  const [meta] = events.filter(event => event.type === 'meta' && event.usage !== undefined)
  const counts = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'].map(key =>
    Number(usage[key] ?? 0),
  )
  expect(meta).toMatchObject({
    usage: { prompt_tokens: counts.reduce((a, b) => a + b), completion_tokens: usage.output_tokens },
  })
}

function sameJson(value: unknown): (text: string) => boolean {
  return text => JSON.stringify(JSON.parse(text)) === JSON.stringify(value)
}

/** Some recordings hold several answers one after the other. */
function splitMessages(text: string): JsonObject[][] {
  const answers: JsonObject[][] = [[]]
  for (const line of text.split('\n').filter(line => line.trim() !== '')) {
    const event = JSON.parse(line) as JsonObject
    answers.at(-1)?.push(event)
    if (event.type === 'message_stop') answers.push([])
  }
  return answers.filter(events => events.length > 0)
}

/** A second way to put a message together, as plain as can be, for well-behaved streams and the last of spliced ones. */
function assemble(all: readonly JsonObject[]): { blocks: Block[]; usage: JsonObject } {
  const events = all.slice(all.findLastIndex(({ type }) => type === 'message_start'))
  const message = events[0]?.message as JsonObject
  const blocks = [...(message.content as Block[])]
  const json = new Map<number, string>()
  let usage = message.usage as JsonObject
  for (const event of events) {
    const index = event.index as number
    const delta = (event.delta ?? {}) as Record<string, string>
    const block = blocks[index] as Record<string, unknown> | undefined
    if (event.type === 'content_block_start') blocks[index] = { ...(event.content_block as Block) }
    if (event.type === 'message_delta') usage = { ...usage, ...(event.usage as JsonObject) }
    if (event.type !== 'content_block_delta' || block === undefined) continue
    if (delta.type === 'text_delta') block.text = `${block.text as string}${delta.text}`
    else if (delta.type === 'thinking_delta') block.thinking = `${block.thinking as string}${delta.thinking}`
    else if (delta.type === 'signature_delta') block.signature = delta.signature
    else if (delta.type === 'input_json_delta') json.set(index, (json.get(index) ?? '') + delta.partial_json)
    else if (delta.type === 'citations_delta') block.citations = [...(block.citations as unknown[]), delta.citation]
    else if (delta.type === 'compaction_delta') block.content = delta.content
    else throw new Error(`No rule for ${delta.type}.`)
  }
  for (const [index, text] of json) if (text !== '') (blocks[index] as Record<string, unknown>).input = JSON.parse(text)
  return { blocks, usage }
}
