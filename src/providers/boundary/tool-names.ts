import { createHash } from 'node:crypto'

/** What a provider accepts as the name of a tool, as a property key, or as the id of a call. */
export type NameRule = Readonly<{
  /** Matches each single character that is not allowed; flags `gu`. */
  illegal: RegExp
  /** Matches a legal first character, where not every legal character may come first. */
  first?: RegExp
  /** 1 where absent. */
  minLength?: number
  maxLength: number
}>

/** `^[a-zA-Z0-9_-]{1,64}$` (OpenAI, FunctionObject); most compatible endpoints follow it. */
export const openAiNames: NameRule = { illegal: /[^a-zA-Z0-9_-]/gu, maxLength: 64 }

/** The names of one request that had to be changed, both ways. Names that are legal are in neither. */
export type NameMap = Readonly<{
  /** The caller's name to the provider's. */
  forward: ReadonlyMap<string, string>
  /** The provider's name to the caller's. */
  reverse: ReadonlyMap<string, string>
}>

/**
 * Maps the names of one request to names that its provider accepts, and back.
 *
 * Two passes: a name that is legal as it is keeps itself, whatever the order; the others are made legal and get `_2`,
 * `_3`, ... where they meet a name that is taken. Who gets which suffix follows the names' own order, not the request's,
 * and tools come before names that are only mentioned, so a longer history renames no tool.
 *
 * @param tools - names of function tools
 * @param mentioned - names in tool_choice and history, whether or not a tool of that name is still there
 * @param reserved - names that stay as they are and that nobody else may get: hosted tools
 */
export function mapNames(
  rule: NameRule,
  tools: Iterable<string>,
  mentioned: Iterable<string> = [],
  reserved: Iterable<string> = [],
): NameMap {
  const toolNames = new Set(tools)
  const otherNames = [...new Set(mentioned)].filter(name => !toolNames.has(name))
  const isFit = (name: string): boolean => isLegal(rule, name)
  const taken = new Set([...reserved, ...[...toolNames, ...otherNames].filter(isFit)])
  const forward = new Map<string, string>()
  for (const names of [[...toolNames], otherNames]) {
    for (const name of names.filter(name => !isFit(name)).sort()) {
      const legal = makeLegal(rule, name)
      let chosen = legal
      for (let suffix = 2; taken.has(chosen); suffix += 1) chosen = withSuffix(legal, `_${suffix}`, rule.maxLength)
      taken.add(chosen)
      forward.set(name, chosen)
    }
  }
  return { forward, reverse: new Map([...forward].map(([name, chosen]) => [chosen, name])) }
}

/** True for a name that may stay as it is. */
export function isLegal(rule: NameRule, name: string): boolean {
  return name.length >= (rule.minLength ?? 1) && makeLegal(rule, name) === name
}

/** Makes a name legal and short enough. What is cut ends in a hash of the whole, so that long neighbours differ. */
function makeLegal(rule: NameRule, name: string): string {
  const clean = name.replace(rule.illegal, '_') || 'tool'
  const started = rule.first === undefined || rule.first.test(clean) ? clean : `_${clean}`
  if (started.length <= rule.maxLength) return started
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return withSuffix(started, `_${hash}`, rule.maxLength)
}

function withSuffix(name: string, suffix: string, maxLength: number): string {
  return name.slice(0, maxLength - suffix.length) + suffix
}
