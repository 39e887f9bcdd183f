import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSealer } from '../../src/serve/seal.ts'

const [old, young] = ['o'.repeat(32), 'y'.repeat(32)]

describe('a sealed value', () => {
  it('opens to what it was, for its purpose only, and shows nothing of it', () => {
    const sealer = createSealer([])
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), fc.string(), (value, purpose, other) => {
        const plain = JSON.parse(JSON.stringify(value))
        const sealed = sealer.seal(purpose, plain)
        expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(sealer.open(purpose, sealed)).toEqual(plain)
        if (other !== purpose) expect(sealer.open(other, sealed)).toBeUndefined()
      }),
    )
  })

  it('does not open once any of its characters has changed', () => {
    const sealer = createSealer([])
    const sealed = sealer.seal('state', { caller: 'a', n: 1 })
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...'AQgwZ9_-'), (at, character) => {
        fc.pre(sealed[at] !== character)
        expect(sealer.open('state', sealed.slice(0, at) + character + sealed.slice(at + 1))).toBeUndefined()
      }),
    )
    for (let length = 0; length < sealed.length; length += 1)
      expect(sealer.open('state', sealed.slice(0, length))).toBeUndefined()
  })

  it('has one spelling, though base64 has several for the same bytes', () => {
    const sealer = createSealer([])
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const value of ['', 'a', 'ab']) {
      const sealed = sealer.seal('state', value)
      const spellings = [...alphabet].map(last => sealed.slice(0, -1) + last)
      expect(spellings.filter(each => sealer.open('state', each) !== undefined)).toEqual([sealed])
      for (const other of [`${sealed}=`, ` ${sealed}`, `${sealed}\n`])
        expect(sealer.open('state', other)).toBeUndefined()
    }
  })

  it('does not open for anything that we did not seal', () => {
    const sealer = createSealer([])
    fc.assert(fc.property(fc.anything(), value => sealer.open('state', value) === undefined))
    fc.assert(fc.property(fc.base64String(), text => sealer.open('state', text) === undefined))
  })

  it('is another text each time', () => {
    const sealer = createSealer([old])
    expect(sealer.seal('state', 1)).not.toBe(sealer.seal('state', 1))
  })

  it.each([
    ['with the same key', [old], [old], true],
    ['where its key is no longer the first', [old], [young, old], true],
    ['where its key is gone', [old], [young], false],
    ['in another process without keys', [], [], false],
  ])('opens or not: %s', (_, sealing, opening, opens) => {
    const sealed = createSealer(sealing).seal('state', 'x')
    expect(createSealer(opening).open('state', sealed)).toBe(opens ? 'x' : undefined)
  })
})
