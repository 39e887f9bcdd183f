import { splitPath, splitTemplate } from '../document/path-template.ts'
import type { OperationCall } from '../read-document.ts'
import type { Slot } from '../tool/arguments.ts'
import { encodeText } from './encode-text.ts'

/** What of a call can be known before its arguments: made at the first call of an operation, and kept. */
export type RequestPlan = Readonly<{
  /** As it is sent. */
  method: string
  /** The path: text and the pieces of a segment that holds placeholders, in turn. */
  segments: readonly Readonly<{ before: string; pieces: readonly (string | PlannedParameter)[] }>[]
  /** What follows the last such segment. */
  tail: string
  fixedQuery: readonly FixedPair[]
  /** By argument name. */
  parameters: ReadonlyMap<string, PlannedParameter>
}>

/** A parameter with its names in the forms that a request needs. */
export type PlannedParameter = Readonly<{
  /** The argument's name. */
  key: string
  slot: ParameterSlot
  /** Percent-encoded. */
  encodedName: string
  /** For a header. */
  lowerName: string
}>

/** A slot that is not of the body. */
export type ParameterSlot = Extract<Slot, { place: 'path' | 'query' | 'querystring' | 'header' | 'cookie' }>

/** A pair of the query that the path itself names; an argument of its name takes its place. */
export type FixedPair = Readonly<{ pieces: readonly (string | PlannedParameter)[]; replacedBy?: string }>

/** What {@link planRequest} needs to know of an operation. */
export type PlannedCall = Pick<OperationCall, 'method' | 'path' | 'slots'>

const plans = new WeakMap<PlannedCall, RequestPlan>()

/** The plan of an operation, from its first call on the same one. */
export function planRequest(call: PlannedCall): RequestPlan {
  const known = plans.get(call)
  if (known !== undefined) return known
  const plan = makePlan(call)
  plans.set(call, plan)
  return plan
}

function makePlan({ method, path: template, slots }: PlannedCall): RequestPlan {
  const parameters = new Map<string, PlannedParameter>()
  for (const [key, slot] of slots) {
    if (slot.place === 'field' || slot.place === 'body') continue
    parameters.set(key, { key, slot, encodedName: encodeText(slot.name), lowerName: slot.name.toLowerCase() })
  }
  const inPlace = (place: ParameterSlot['place']) =>
    new Map([...parameters.values()].filter(({ slot }) => slot.place === place).map(each => [each.slot.name, each]))
  const inPath = inPlace('path')
  const inQuery = inPlace('query')
  const { path, query } = splitPath(template)
  return {
    method: writeMethod(method),
    ...planPath(path, inPath),
    fixedQuery: query
      .split('&')
      .filter(pair => pair !== '')
      .map(pair => planPair(pair, inPath, inQuery)),
    parameters,
  }
}

/**
 * `additionalOperations` has methods as they are sent, and these tell capitals from small letters (OpenAPI 3.2, Path Item
 * Object; RFC 9110, section 9.1). Small letters alone are how a Path Item writes all others.
 */
function writeMethod(method: string): string {
  return method === method.toLowerCase() ? method.toUpperCase() : method
}

type ByName = ReadonlyMap<string, PlannedParameter>

function planPath(path: string, inPath: ByName): Pick<RequestPlan, 'segments' | 'tail'> {
  const segments: { before: string; pieces: readonly (string | PlannedParameter)[] }[] = []
  let before = ''
  for (const [index, segment] of path.split('/').entries()) {
    before += index === 0 ? '' : '/'
    const pieces = planPieces(segment, inPath)
    if (pieces.every(piece => typeof piece === 'string')) before += pieces.join('')
    else {
      segments.push({ before, pieces })
      before = ''
    }
  }
  return { segments, tail: before }
}

function planPieces(text: string, byName: ByName): readonly (string | PlannedParameter)[] {
  return splitTemplate(text, name => byName.has(name)).map(piece => {
    if ('text' in piece) return encodeLiteral(piece.text)
    return byName.get(piece.name) ?? encodeLiteral(piece.written)
  })
}

function planPair(pair: string, inPath: ByName, inQuery: ByName): FixedPair {
  const pieces = planPieces(pair, inPath)
  const [name = '', value = ''] = pair.split('=', 2)
  const named = inQuery.get(decode(name)) ?? inQuery.get(value.replace(/^\{(.*)\}$/, '$1'))
  return named === undefined ? { pieces } : { pieces, replacedBy: named.key }
}

/** What a document writes into a path stays as it is, unless no URL may hold it. */
function encodeLiteral(text: string): string {
  return text.replace(/[^\x21-\x7e]|["<>^`{|}\\]/gu, each => encodeURIComponent(each.toWellFormed()))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
