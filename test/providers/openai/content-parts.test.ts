import { expect, it } from 'vitest'
import { plainContent } from '../../../src/providers/openai/content-parts.ts'

const text = (text: string) => ({ type: 'text', text })
const thinking = (...texts: string[]) => ({ type: 'thinking', thinking: texts.map(text) })

it.each<[string, object, object]>([
  ['texts are one text', { content: [text('a'), text('b')] }, { content: 'ab' }],
  [
    'thoughts are told as such, and the other fields stay',
    { content: [thinking('I ', 'think.'), text('So.')], prefix: false },
    { content: 'So.', reasoning_content: 'I think.', prefix: false },
  ],
  ['a thought alone says no text', { content: [thinking('Hm.')] }, { reasoning_content: 'Hm.' }],
  ['a thought may be a string', { content: [{ type: 'thinking', thinking: 'Hm.' }] }, { reasoning_content: 'Hm.' }],
])('of an answer in parts, %s', (_, message, plain) => {
  expect(plainContent(message as Record<string, unknown>)).toEqual(plain)
})

it.each([{ content: 'a' }, { content: null }, {}, { content: [] }, { content: [text('a'), { type: 'reference' }] }])(
  'an answer that has no such parts is not touched: %j',
  message => {
    expect(plainContent(message)).toBe(message)
  },
)
