import { describe, expect, it } from 'vitest'
import { exceptions } from './exceptions.ts'
import { cases } from './requests.ts'
import type { Wire } from './write-both.ts'
import { differences, wires, writeBoth } from './write-both.ts'

describe.each(Object.keys(wires))('for %s the AI SDK and we write', wire => {
  const known = exceptions[wire] ?? []
  const met = new Set<RegExp>()
  let same = 0

  it.each(cases.map(each => [each.name, each] as const))('the same of %s', async (name, each) => {
    const { ours, theirs } = await writeBoth(wires[wire] as Wire, each)
    const found = differences(ours, theirs).map(difference => `${name} | ${difference}`)
    if (found.length === 0) same += 1
    const unknown = found.filter(difference => {
      const exception = known.find(({ at }) => at.test(difference))
      if (exception !== undefined) met.add(exception.at)
      return exception === undefined
    })
    expect(unknown).toEqual([])
  })

  it('something else nowhere but where it is meant', () => {
    expect(known.filter(({ at }) => !met.has(at)).map(({ at }) => String(at))).toEqual([])
    if (wire === 'openai' || wire === 'generic') expect(same).toBeGreaterThan(25)
  })
})

it('a difference is told leaf by leaf', () => {
  const [ours, theirs] = [
    { a: 1, b: [1, { c: 'x' }], d: [] },
    { a: 1, b: [2, {}], d: {} },
  ]
  expect(differences(ours, theirs)).toEqual(['b[0]: 1 | 2', 'b[1].c: "x" | -', 'd: [] | {}'])
})
