import type { Place } from '../document/operation.ts'
import { freeKey, toLegalKey } from '../schema/legal-key.ts'

/** Something that needs a name among the arguments: a parameter, or a part of the body. */
export type Wish = Readonly<{ name: string; place: Place | 'body' }>

/**
 * Names the arguments of one operation: one flat object for parameters and body alike.
 *
 * Where two share a name, the body keeps it and each parameter becomes `name__path`, `name__query`, `name__header`,
 * `name__cookie` or `name__querystring`. Characters outside `[a-zA-Z0-9_.-]` are rewritten (`filter[name]` becomes
 * `filter.name`). Names that are legal as they are keep themselves; the others step around them with `_2`, `_3`, ... in
 * an order that does not depend on the document's.
 *
 * @returns one name per wish, in their order: distinct, 1 to 64 characters of `[a-zA-Z0-9_.-]`
 */
export function nameArguments(wishes: readonly Wish[]): readonly string[] {
  const plain = wishes.map(({ name }) => name)
  if (new Set(plain).size === plain.length && plain.every(name => toLegalKey(name) === name)) return plain
  const uses = new Map<string, number>()
  for (const { name } of wishes) uses.set(name, (uses.get(name) ?? 0) + 1)
  const wanted = wishes.map(({ name, place }) => {
    const shared = place !== 'body' && (uses.get(name) ?? 0) > 1
    return toLegalKey(shared ? `${name}__${place}` : name)
  })

  const taken = new Set<string>()
  const names = wishes.map(({ name }, index) => (wanted[index] === name && claim(taken, name) ? name : undefined))
  const order = [...wishes.keys()].filter(index => names[index] === undefined)
  for (const index of order.sort((a, b) => compare(wishes[a], wishes[b]))) {
    const name = freeKey(wanted[index] ?? '', taken)
    taken.add(name)
    names[index] = name
  }
  return names.map(name => name ?? '')
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
