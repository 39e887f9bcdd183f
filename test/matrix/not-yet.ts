import type { Pair } from './pairs.ts'

/** Cells that do not agree yet. What is left out of `where` holds for every pair. */
export type NotYet = Readonly<{ capability: string; where?: Partial<Pair>; reason: string }>

const reason = 'only tools are relayed'

/** The table only shrinks: a cell in it that agrees fails the test, until it is taken out. */
const notYet: readonly NotYet[] = [
  { capability: 'prompts are listed whole', reason },
  { capability: 'a prompt with arguments', reason },
  { capability: 'a prompt that is not there', reason },
  { capability: 'resources are listed whole', reason },
  { capability: 'templates are listed whole', reason },
  { capability: 'a text', reason },
  { capability: 'a blob', reason },
  { capability: "an app's page", reason },
  { capability: 'a resource made of a template', reason },
  { capability: 'a resource that is not there', reason },
  { capability: 'completion for a prompt', reason },
  { capability: 'completion for a template', reason },
  { capability: 'log messages of a call, at a level', reason },
  { capability: 'a form', reason },
  { capability: 'a URL to open', reason },
  { capability: "the client's model", reason },
  { capability: "the client's roots", reason },
  { capability: 'several questions in two rounds', reason },
  { capability: 'a prompt that asks', reason },
  { capability: 'a change of prompts, and its end', reason },
  { capability: 'a change of resources, and its end', reason },
  { capability: 'a followed resource is updated, another is not, and none after that', reason },
]

/** Why a cell need not agree yet; undefined for one that must. */
export function excuseOf(pair: Pair, capability: string): string | undefined {
  const holds = ({ where = {} }: NotYet): boolean =>
    Object.entries(where).every(([field, value]) => pair[field as keyof Pair] === value)
  return notYet.find(each => each.capability === capability && holds(each))?.reason
}
