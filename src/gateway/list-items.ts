import { messageOf } from '../core/errors.ts'
import type { Items } from '../core/item-catalog.ts'
import type { Item, ItemKind } from '../core/items.ts'
import type { ServerFeatures } from '../core/tool-source.ts'

/** What a source lists besides tools, and a sentence for each kind that could not be listed. */
export type ListedItems = Readonly<{ items: Items; problems: readonly string[] }>

/**
 * Lists what a source has besides tools, each kind by itself: one that cannot be listed harms no other. Never throws.
 *
 * @param before - those of the last time, which stay where a list fails
 */
export async function listItems(
  features: ServerFeatures,
  { sourceId, signal, before }: Readonly<{ sourceId: string; signal: AbortSignal; before: Items }>,
): Promise<ListedItems> {
  const problems: string[] = []
  const list = async (kind: ItemKind, name: string): Promise<readonly Item[]> => {
    try {
      return await features.list(kind, { signal })
    } catch (error) {
      problems.push(`The ${name} of "${sourceId}" could not be listed: ${messageOf(error)}`)
      return before[kind]
    }
  }
  const [prompts, resources, resourceTemplates] = await Promise.all([
    list('prompts', 'prompts'),
    list('resources', 'resources'),
    list('resourceTemplates', 'resource templates'),
  ])
  return { items: { prompts, resources, resourceTemplates }, problems }
}
