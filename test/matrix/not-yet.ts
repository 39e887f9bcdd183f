import type { Pair } from './pairs.ts'

/** Cells that do not agree yet. What is left out of `where` holds for every pair. */
export type NotYet = Readonly<{ capability: string; where?: Partial<Pair>; reason: string }>

/** The table only shrinks: a cell in it that agrees fails the test, until it is taken out. */
const notYet: readonly NotYet[] = [
  {
    capability: 'a resource that is not there',
    where: { client: 'SDK 1', server: 'new' },
    reason: 'An old client is told -32002, as its revisions have it; that server says -32602 to it too.',
  },
]

/** Why a cell need not agree yet; undefined for one that must. */
export function excuseOf(pair: Pair, capability: string): string | undefined {
  const holds = ({ where = {} }: NotYet): boolean =>
    Object.entries(where).every(([field, value]) => pair[field as keyof Pair] === value)
  return notYet.find(each => each.capability === capability && holds(each))?.reason
}
