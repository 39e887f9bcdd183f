import type { z } from 'zod'
import { closestWord } from '../core/closest-word.ts'
import { isObject } from '../core/json.ts'
import { fileSchema } from './file-schema.ts'
import type { Findings } from './findings.ts'
import { suggest } from './findings.ts'
import { knownKeys } from './json-schema.ts'
import type { Path } from './parse-jsonc.ts'
import { parsedOnce } from './schema-parts.ts'

/**
 * Compares a document with the schema and notes everything that does not fit: unknown keys with the nearest known one,
 * and mistyped values by what was expected and what kind of thing stands there. Never shows a value.
 */
export function checkShape(document: unknown, findings: Findings): void {
  const report = (issues: readonly Issue[], above: Path): void => {
    for (const issue of issues) {
      const path = [...above, ...issue.path.map(part => (typeof part === 'number' ? part : String(part)))]
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) {
          findings.problem([...path, key], `is not a known key${suggest(key, knownKeys(path))}`)
        }
        continue
      }
      const deeper = issue.code === 'invalid_union' ? matchingBranch(issue.errors) : undefined
      if (deeper !== undefined) report(deeper, path)
      else findings.problem(path, describe(issue, valueAt(document, path)))
    }
  }
  report(fileSchema.safeParse(document, parsedOnce).error?.issues ?? [], [])
}

type Issue = z.core.$ZodIssue

/** The alternative whose outer type was right, so that what is wrong lies inside it. */
function matchingBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find(issues => !issues.some(({ path, code }) => path.length === 0 && code === 'invalid_type'))
}

function describe(issue: Issue, value: unknown): string {
  const wanted = expectation(issue)
  if (value === undefined) return `is missing; expected ${wanted}.`
  const meant = issue.code === 'invalid_value' ? nearest(value, issue.values) : undefined
  if (meant !== undefined) return `must be ${wanted}; did you mean ${JSON.stringify(meant)}?`
  return `must be ${wanted}; got ${gotten(issue, value)}.`
}

/** What stands there, in a way that never shows it. */
function gotten({ code }: Issue, value: unknown): string {
  if (value === '') return 'empty text'
  if (code === 'too_small') return 'one that is too small'
  if (code === 'too_big') return 'one that is too large'
  return code === 'invalid_value' && typeof value === 'string' ? 'other text' : kindOf(value)
}

function nearest(value: unknown, allowed: readonly unknown[]): string | undefined {
  const words = allowed.filter(each => typeof each === 'string')
  return typeof value === 'string' ? closestWord(value, words) : undefined
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected
    case 'invalid_value':
      return issue.values.map(value => JSON.stringify(value)).join(' or ')
    case 'too_small':
      if (issue.origin === 'string') return 'text that is not empty'
      return `a number ${issue.inclusive ? 'not below' : 'above'} ${issue.minimum}`
    case 'too_big':
      return `a number not above ${issue.maximum}`
    case 'invalid_format':
      return 'a whole number'
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap(branch => branch.slice(0, 1).map(expectation)))].join(' or ')
    default:
      return 'something else'
  }
}

/** Zod's words for types in ours. */
const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (isObject(value)) return 'an object'
  return kinds[typeof value] ?? typeof value
}

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)]
    return isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined
  }, document)
}
