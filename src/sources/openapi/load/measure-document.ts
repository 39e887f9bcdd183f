import { pointerSegment } from '../document/resolve-ref.ts'
import type { DocumentProblem } from './document-error.ts'

/** A document whose aliases, written out, make more nodes than this is a bomb, unless it is honestly that large. */
const maxExpandedNodes = 2_000_000
const maxExpansion = 10

/**
 * Tells what makes a parsed document unsafe to walk: too deep, circular, or an alias bomb. undefined when it is fine.
 *
 * `JSON.parse` shares nothing, so its results need only the depth; what YAML made, or somebody's own object, may hold
 * one object in many places. Each object is counted once and remembered, so the time is that of the document as it is,
 * not as it would be written out.
 *
 * @param shared - whether one object may stand in several places
 */
export function measureDocument(value: unknown, maxDepth: number, shared: boolean): DocumentProblem | undefined {
  if (!shared && !isDeeper(value, maxDepth)) return undefined
  const measured = new Map<object, Measured | 'open'>()
  const path: string[] = []
  try {
    const { nodes } = measure(value, maxDepth, measured, path)
    if (nodes <= maxExpandedNodes || nodes <= maxExpansion * measured.size) return undefined
    const what = `expands to more than ${maxExpandedNodes} nodes through its YAML aliases`
    return { code: 'E_YAML_ALIASES', what }
  } catch (thrown) {
    const at = { pointer: `#${path.map(key => `/${pointerSegment(key)}`).join('')}` }
    if (thrown instanceof Circular) return { code: 'E_YAML_CYCLE', what: 'contains itself through a YAML anchor', at }
    if (thrown instanceof TooDeep) return { code: 'E_SPEC_DEPTH', what: `nests deeper than ${maxDepth} levels`, at }
    throw thrown
  }
}

type Measured = Readonly<{ nodes: number; height: number }>
class Circular extends Error {}
class TooDeep extends Error {}

/** Recursive and with `for in`: half the time of a work list on a document of 13 MB, and the depth is bounded. */
function isDeeper(node: unknown, levels: number): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (levels <= 0) return true
  if (Array.isArray(node)) {
    for (const child of node) if (isDeeper(child, levels - 1)) return true
    return false
  }
  for (const key in node) {
    const child = (node as Record<string, unknown>)[key]
    if (typeof child === 'object' && child !== null && isDeeper(child, levels - 1)) return true
  }
  return false
}

/** @param path - the keys down to `node`; it stays where it was when this throws */
function measure(node: unknown, levels: number, measured: Map<object, Measured | 'open'>, path: string[]): Measured {
  if (typeof node !== 'object' || node === null) return { nodes: 1, height: 0 }
  const known = measured.get(node)
  if (known === 'open') throw new Circular()
  if (levels < (known?.height ?? 1)) throw new TooDeep()
  if (known !== undefined) return known
  measured.set(node, 'open')
  let nodes = 1
  let height = 0
  for (const [key, child] of Object.entries(node)) {
    path.push(key)
    const below = measure(child, levels - 1, measured, path)
    path.pop()
    nodes += below.nodes
    height = Math.max(height, below.height)
  }
  const result = { nodes, height: height + 1 }
  measured.set(node, result)
  return result
}
