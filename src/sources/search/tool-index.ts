import type { BoxedTool } from './toolbox.ts'
import { splitWords, toTerm } from './words.ts'

/** Finds tools by words. Places are those of the tools that the index was built from, best first. */
export type ToolIndex = Readonly<{ search: (query: string) => Hits }>

/** `all`: tools that have every word of the query; `some`: the others, which have at least one. */
export type Hits = Readonly<{ all: readonly number[]; some: readonly number[] }>

/** What of a tool is searched, and how much a word in it weighs. */
const weights = { name: 4, title: 6, tags: 2, path: 2, parameters: 0.3, description: 0.5 }

/** How many tools are indexed before others get a turn: some ten milliseconds of work. */
const chunkSize = 200
const maxQueryWords = 32
/** The first sentences say what a tool is for. The rest would double the work and the memory. */
const maxDescriptionLength = 500
const maxTitleLength = 160
const maxParameters = 100

/**
 * Builds an index of tools (BM25+), in pieces, so that requests are answered meanwhile.
 *
 * The library is loaded here, by the first search: no start needs it.
 */
export async function buildToolIndex(tools: readonly BoxedTool[]): Promise<ToolIndex> {
  const { default: MiniSearch } = await import('minisearch')
  const index = new MiniSearch<Readonly<{ id: number }>>({
    fields: Object.keys(weights),
    tokenize: splitWords,
    processTerm: toTerm,
    searchOptions: { boost: weights, tokenize: text => splitWords(text).slice(0, maxQueryWords) },
  })
  const documents = tools.map((tool, id) => ({ id, ...toDocument(tool) }))
  // The plain operation on a thing has the shortest name: `issues_create` before `issues_create-comment`.
  const brevity = tools.map(({ name, key }) => 1 / (8 + splitWords(`${name} ${key}`).length))
  await index.addAllAsync(documents, { chunkSize })

  const find = (query: string, fuzzy: number | false): Hits => {
    const found = index.search(query, {
      fuzzy,
      prefix: term => term.length > 2,
      maxFuzzy: 2,
      boostDocument: id => brevity[id as number] ?? 1,
    })
    const words = new Set(splitWords(query).slice(0, maxQueryWords).map(toTerm))
    words.delete(null)
    const all = found.filter(({ queryTerms }) => new Set(queryTerms).size >= words.size)
    const some = found.filter(({ queryTerms }) => new Set(queryTerms).size < words.size)
    return { all: all.map(({ id }) => id as number), some: some.map(({ id }) => id as number) }
  }
  return {
    search: query => {
      const hits = find(query, false)
      // Slips of the pen are looked for only where nothing fits as it is written: it costs more, and finds too much.
      return hits.all.length + hits.some.length > 0 ? hits : find(query, 0.25)
    },
  }
}

function toDocument({ key, name, tool, tags }: BoxedTool): Record<keyof typeof weights, string> {
  const { properties } = tool.inputSchema
  const parameters = typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
  return {
    name: name === tool.name ? name : `${name} ${tool.name}`,
    title: tool.title ?? tool.annotations?.title ?? firstLine(tool.description),
    tags: tags.join(' '),
    path: key === tool.name ? '' : key,
    parameters: parameters.slice(0, maxParameters).join(' '),
    description: tool.description?.slice(0, maxDescriptionLength) ?? '',
  }
}

/** What a tool without a title has in its place. */
function firstLine(description = ''): string {
  return description.trimStart().split('\n', 1)[0]?.slice(0, maxTitleLength) ?? ''
}
