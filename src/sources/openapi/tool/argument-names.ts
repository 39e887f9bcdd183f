import { createHash } from 'node:crypto'
import type { Place } from '../document/operation.ts'

/** Something that needs a name among the arguments: a parameter, or a part of the body. */
export type Wish = Readonly<{ name: string; place: Place | 'body' }>

/** What Anthropic accepts as the key of a property; one other key, and it refuses the whole request. */
const maxLength = 64

/**
 * Names the arguments of one operation: one flat object for parameters and body alike.
 *
 * Where two share a name, the body keeps it and each parameter becomes `name__path`, `name__query`, `name__header` or
 * `name__cookie`. Characters outside `[a-zA-Z0-9_.-]` are rewritten (`filter[name]` becomes `filter.name`). Names that
 * are legal as they are keep themselves; the others step around them with `_2`, `_3`, ... in an order that does not
 * depend on the document's.
 *
 * @returns one name per wish, in their order: distinct, 1 to 64 characters of `[a-zA-Z0-9_.-]`
 */
export function nameArguments(wishes: readonly Wish[]): readonly string[] {
  const uses = new Map<string, number>()
  for (const { name } of wishes) uses.set(name, (uses.get(name) ?? 0) + 1)
  const wanted = wishes.map(({ name, place }) => {
    const shared = place !== 'body' && (uses.get(name) ?? 0) > 1
    return makeLegal(shared ? `${name}__${place}` : name)
  })

  const taken = new Set<string>()
  const names = wishes.map(({ name }, index) => (wanted[index] === name && claim(taken, name) ? name : undefined))
  const order = [...wishes.keys()].filter(index => names[index] === undefined)
  for (const index of order.sort((a, b) => compare(wishes[a], wishes[b]))) {
    const wish = wanted[index] ?? ''
    let name = wish
    for (let suffix = 2; !claim(taken, name); suffix += 1) name = withSuffix(wish, `_${suffix}`)
    names[index] = name
  }
  return names.map(name => name ?? '')
}

function makeLegal(name: string): string {
  // Nearly every name of nearly every document.
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/.test(name)) return name
  // The common illegal ones say what they mean: Twilio's `StartTime<`, JSON:API's `filter[x]`, PHP's `ids[]`.
  const legal = name
    .replaceAll('[]', '')
    .replace(/\[([^\]]*)\]/g, '.$1')
    .replace(/^\$+(?=.)/, '')
    .replace(/<=?/g, found => (found === '<=' ? '_lte' : '_lt'))
    .replace(/>=?/g, found => (found === '>=' ? '_gte' : '_gt'))
    .replace(/[^a-zA-Z0-9_.-]/gu, '_')
  if (!/[a-zA-Z0-9]/.test(legal)) return `argument_${hash(name)}`
  if (legal === '__proto__') return 'proto'
  return legal.length <= maxLength ? legal : `${legal.slice(0, maxLength - 9)}_${hash(name)}`
}

function claim(taken: Set<string>, name: string): boolean {
  if (taken.has(name)) return false
  taken.add(name)
  return true
}

function compare(a: Wish | undefined, b: Wish | undefined): number {
  const left = `${a?.name}\u0000${a?.place}`
  const right = `${b?.name}\u0000${b?.place}`
  return left < right ? -1 : left > right ? 1 : 0
}

function withSuffix(name: string, suffix: string): string {
  return name.slice(0, maxLength - suffix.length) + suffix
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
