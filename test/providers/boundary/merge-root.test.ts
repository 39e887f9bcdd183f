import { describe, expect, it } from 'vitest'
import { mergeRoot } from '../../../src/providers/boundary/merge-root.ts'

const text = { type: 'string' }

describe('the root of a schema that combines others', () => {
  it('is the very same where it combines nothing', () => {
    const schema = { type: 'object', properties: { a: { anyOf: [text] } } }
    expect(mergeRoot(schema)).toBe(schema)
  })

  it('offers all that its branches offer, requires what all require, and says which belong together', () => {
    const schema = {
      description: 'A pet.',
      allOf: [{ properties: { id: text }, required: ['id'] }],
      oneOf: [
        { $ref: '#/$defs/Cat' },
        { properties: { kind: text, barks: text }, required: ['kind', 'barks'], additionalProperties: false },
      ],
      $defs: { Cat: { properties: { kind: text }, required: ['kind'] } },
    }
    const before = structuredClone(schema)
    expect(mergeRoot(schema)).toEqual({
      description: 'A pet.\nGive the properties of one of these groups: kind; or kind, barks.',
      properties: { id: text, kind: text, barks: text },
      required: ['id', 'kind'],
      $defs: schema.$defs,
    })
    expect(schema).toEqual(before)
  })
})
