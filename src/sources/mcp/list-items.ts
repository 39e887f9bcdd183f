import { GatewayError } from '../../core/errors.ts'
import type { Item, ItemKind } from '../../core/items.ts'
import { keyOfItem } from '../../core/items.ts'
import { isObject } from '../../core/json.ts'
import { rpcCode } from '../../core/protocol.ts'
import type { ListKind, ListOptions } from './read-pages.ts'
import { readPages } from './read-pages.ts'
import type { Session } from './session.ts'

/** By which capability, method and field each kind is listed, and what identifies an item of it. */
const kinds: Readonly<Record<ItemKind, ListKind & Readonly<{ feature: string; key: string }>>> = {
  prompts: { feature: 'prompts', method: 'prompts/list', field: 'prompts', key: 'name' },
  resources: { feature: 'resources', method: 'resources/list', field: 'resources', key: 'uri' },
  resourceTemplates: {
    feature: 'resources',
    method: 'resources/templates/list',
    field: 'resourceTemplates',
    key: 'uriTemplate',
  },
}

/**
 * Lists all pages of one kind of items, as loosely as tools are listed: what is malformed or repeats a key is left out,
 * with one warning for all of it.
 *
 * @returns empty for a server that does not declare the feature, or that does not know the method: many have resources
 *   and no templates
 * @throws GatewayError `SOURCE_*`
 */
export async function listItems(session: Session, kind: ItemKind, options: ListOptions): Promise<readonly Item[]> {
  const { sourceId, limits, log } = options
  const { feature, key, ...list } = kinds[kind]
  if (!isObject(session.capabilities[feature])) return []
  const found = new Map<string, Item>()
  const leftOut: unknown[] = []
  try {
    await readPages(session, list, options, listed => {
      const item = readItem(listed, key)
      if (item === undefined || found.has(keyOfItem(kind, item))) leftOut.push(listed)
      else found.set(keyOfItem(kind, item), item)
      return found.size
    })
  } catch (error) {
    if (!isUnknownMethod(error)) throw error
  }
  if (leftOut.length > 0) {
    const example = String(JSON.stringify(leftOut[0])).slice(0, 80)
    log(
      'warn',
      `"${sourceId}" lists ${leftOut.length} ${list.field} that have no ${key} or repeat one; they are left out, such as ${example}`,
    )
  }
  return [...found.values()].slice(0, limits.maxToolsPerSource)
}

/**
 * The least that makes an item usable is what a request names it by. A name that is missing is filled in with that, and
 * a field of the wrong type is left out: the clients of before 2026-07-28 refuse the whole list for either.
 */
function readItem(value: unknown, key: string): Item | undefined {
  const named = isObject(value) ? value[key] : undefined
  if (!isObject(value) || typeof named !== 'string' || named === '') return undefined
  const fields = Object.entries(value).filter(([name, field]) => fieldTypes.get(name)?.(field) ?? true)
  const item: Item = { name: named, ...Object.fromEntries(fields) }
  return Array.isArray(item.arguments) ? { ...item, arguments: item.arguments.filter(isArgument) } : item
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isArgument = (value: unknown): boolean => isObject(value) && isText(value.name)

const fieldTypes = new Map<string, (value: unknown) => boolean>([
  ['name', isText],
  ['title', isText],
  ['description', isText],
  ['mimeType', isText],
  ['size', value => typeof value === 'number'],
  ['icons', Array.isArray],
  ['arguments', Array.isArray],
  ['annotations', isObject],
  ['_meta', isObject],
])

function isUnknownMethod(error: unknown): boolean {
  return (
    error instanceof GatewayError &&
    error.code === 'SOURCE_ERROR' &&
    isObject(error.data) &&
    error.data.code === rpcCode.methodNotFound
  )
}
