import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import { BadArgument } from '../../../../src/sources/openapi/call/bad-argument.ts'
import { createArgumentCheck } from '../../../../src/sources/openapi/call/check-arguments.ts'
import { buildRequest } from '../../../../src/sources/openapi/call/request.ts'
import { loadDocument } from '../../../../src/sources/openapi/load/load-document.ts'
import type { OperationCall } from '../../../../src/sources/openapi/read-document.ts'
import { readDocument } from '../helpers.ts'
import type { Parsed } from './compare.ts'
import { parseOracle, parseOurs } from './compare.ts'
import type { Oracle } from './documents.ts'
import { findDocuments, loadOracle } from './documents.ts'
import { exceptions } from './exceptions.ts'
import { askOracle, declaredParameters, documentUrl } from './oracle-request.ts'
import { sample, seeded } from './sampler.ts'

const oracle = loadOracle()
const documents = findDocuments()

/** What was compared, over all documents. */
const count = {
  operations: 0,
  whole: 0,
  argumentsCompared: 0,
  argumentsLeftOut: 0,
  tooLong: 0,
  serverGiven: 0,
  sampledValid: 0,
  sampled: 0,
}
const applied = new Map<string, number>()

describe.skipIf(oracle === undefined || documents.size === 0)('every operation of every document', () => {
  const check = createArgumentCheck()

  it.each([...documents])(
    '%s: the same request as an independent implementation makes',
    async (_, path) => {
      const loaded = await loadDocument({ at: path }, { limits: defaultLimits })
      // 2.0 is another format to the oracle, and its own tests cover it.
      if (loaded.document.openapi === undefined) return
      const { calls } = readDocument({ document: loaded.document, url: documentUrl }, { headers: {} }, defaultLimits)
      const differences: unknown[] = []
      let index = 0
      for (const [key, call] of calls) {
        const random = seeded(key)
        const args = sample(call.inputSchema, call.inputSchema, random) as Record<string, unknown>
        index += 1
        if (index % 25 === 0) {
          count.sampled += 1
          if (check(call, args).ok) count.sampledValid += 1
        }
        const difference = await compare(oracle as Oracle, loaded.document, call, args)
        if (difference !== undefined) differences.push([key, difference])
      }
      expect(differences.slice(0, 3)).toEqual([])
    },
    120_000,
  )

  it('was a comparison of most arguments of thousands of operations', () => {
    const isComplete = documents.has('github.json')
    const unused = exceptions.filter(({ rule }) => !applied.has(rule)).map(({ rule }) => rule)
    if (isComplete) expect(unused).toEqual([])
    expect(count.operations).toBeGreaterThan(isComplete ? 7_000 : 1_400)
    expect(count.whole / count.operations).toBeGreaterThan(0.85)
    expect(count.argumentsLeftOut / count.argumentsCompared).toBeLessThan(0.05)
    expect(count.sampledValid / count.sampled).toBeGreaterThan(0.95)
    expect(count.serverGiven / count.operations).toBeLessThan(0.02)
    expect(count.tooLong).toBeLessThan(20)
  })
})

it.skipIf(oracle !== undefined || process.env.CI !== 'true')('needs swagger-client: npm ci --prefix corpus', () => {
  expect(oracle).toBeDefined()
})

async function compare(
  oracle: Oracle,
  document: Record<string, unknown>,
  call: OperationCall,
  all: Record<string, unknown>,
) {
  const undeclared = findMissing(document, call)
  if (undeclared.length > 0) return { undeclared }
  const args = leaveOut(call, all)
  if (args === undefined) return undefined
  // Some documents name only servers that we do not call: http://localhost, or one without a host.
  const [base] = call.baseUrls.usable
  const given = base === undefined ? 'https://given.example/base' : undefined
  if (given !== undefined) count.serverGiven += 1
  const theirs = askOracle(oracle, document, call, args, given)
  try {
    const request = buildRequest(call, base ?? new URL(given ?? ''), args, {})
    const contentType = request.headers['content-type'] ?? ''
    const [ours, expected] = [await parseOurs(request), await parseOracle(theirs, contentType)]
    count.operations += 1
    const listed = theirs.headers['Content-Type'] ?? ''
    const sameType = listed.includes('*') || contentType.split(';')[0] === listed.split(';')[0]
    const parts = (Object.keys(ours) as (keyof Parsed)[]).filter(part => !isDeepStrictEqual(ours[part], expected[part]))
    if (parts.length > 0) return parts.map(part => ({ part, ours: ours[part], expected: expected[part] }))
    return sameType ? undefined : { contentType, listed }
  } catch (thrown) {
    if (!(thrown instanceof BadArgument) || !/make a URL of/.test(thrown.message)) throw thrown
    count.tooLong += 1
    return undefined
  }
}

/** Without the arguments to which an exception applies; undefined when the request cannot do without one of them. */
function leaveOut(call: OperationCall, all: Record<string, unknown>): Record<string, unknown> | undefined {
  const args: Record<string, unknown> = {}
  let whole = true
  let complete = true
  for (const [key, value] of Object.entries(all)) {
    const slot = call.slots.get(key) ?? { place: 'field', name: key }
    const exception = exceptions.find(({ applies }) => applies({ call, slot, value, args: all }))
    if (exception === undefined) {
      args[key] = value
      count.argumentsCompared += 1
      continue
    }
    applied.set(exception.rule, (applied.get(exception.rule) ?? 0) + 1)
    count.argumentsLeftOut += 1
    whole = false
    if (slot.place === 'path' || (slot.place === 'body' && call.body?.required)) complete = false
  }
  if (whole) count.whole += 1
  return complete ? args : undefined
}

const notOurs =
  /^(accept|content-type|authorization|host|content-length|connection|cookie|te|trailer|transfer-encoding)$/i

/** Parameters of the document that have no argument. */
function findMissing(document: Record<string, unknown>, call: OperationCall): readonly string[] {
  const known = new Set([...call.slots.values()].map(slot => ('name' in slot ? `${slot.place} ${slot.name}` : '')))
  return declaredParameters(document, call)
    .filter(each => !(each.in === 'header' && notOurs.test(String(each.name))))
    .filter(each => !isCredential(document, each))
    .filter(each => each.in !== 'path' || call.path.includes(`{${String(each.name)}}`))
    .map(each => `${String(each.in)} ${String(each.name)}`)
    .filter(name => !known.has(name))
}

/** What an apiKey scheme carries is the configuration's to set, never an argument. */
function isCredential(document: Record<string, unknown>, parameter: Readonly<Record<string, unknown>>): boolean {
  const { securitySchemes = {} } = (document.components ?? {}) as { securitySchemes?: Record<string, object> }
  return Object.values(securitySchemes as Record<string, Record<string, unknown>>).some(
    ({ type, name, in: place }) => type === 'apiKey' && name === parameter.name && place === parameter.in,
  )
}
