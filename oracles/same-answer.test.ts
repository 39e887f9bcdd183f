import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fixtures, hasFixtures } from '../test/providers/recorded-fixtures.ts'
import type { Recording } from './read-both.ts'
import { readBoth } from './read-both.ts'
import type { Wire } from './write-both.ts'
import { wires } from './write-both.ts'

/** Where recordings of each wire lie. */
const folders: readonly (readonly [wire: string, folder: string])[] = [
  ['openai', 'openai/src/chat'],
  ['generic', 'openai-compatible/src/chat'],
  ['generic', 'xai/src'],
  ['generic', 'deepseek/src/chat'],
  ['generic', 'groq/src'],
  ['mistral', 'mistral/src'],
  ['anthropic', 'anthropic/src'],
  ['gemini', 'google/src'],
  ['bedrock', 'amazon-bedrock/src'],
]

/** Files that are no single answer, and answers that are read otherwise on purpose. */
const exceptions: readonly Readonly<{ file: RegExp; why: string }>[] = [
  { file: /parameter-error|429-retry-info|skill-(create|version)|reranking/, why: 'No answer of a model.' },
  {
    file: /programmatic-tool-calling\.1\.chunks|tool-search-(deferred-)?(bm25|regex)(\.1)?\.chunks/,
    why: 'Several answers in one file: ours ends with the first, as a connection does.',
  },
  { file: /anthropic-compaction/, why: 'The AI SDK tells the summary of a compaction as text; it is not the answer.' },
  { file: /spliced-message-start/, why: 'The AI SDK gives up where another message begins before any text.' },
]

describe.skipIf(!hasFixtures)('the AI SDK and we read the same of', () => {
  const files = hasFixtures
    ? folders.flatMap(([wire, folder]) => {
        const path = join(fixtures, 'packages', folder, '__fixtures__')
        const names = readdirSync(path).filter(name => /\.json$|\.chunks\.txt$/.test(name))
        return names
          .filter(name => !exceptions.some(({ file }) => file.test(name)))
          .map(name => [wire, name, path] as const)
      })
    : []

  it.each(files)('%s %s', async (name, file, path) => {
    const { ours, theirs } = await readBoth(wires[name] as Wire, read(join(path, file)), name === 'bedrock')
    expect(ours).toEqual(theirs)
  })

  it('more than a hundred recordings', () => {
    expect(files.length).toBeGreaterThan(100)
  })
})

function read(path: string): Recording {
  const text = readFileSync(path, 'utf8')
  return path.endsWith('.json') ? { whole: text } : { events: text.split('\n').filter(line => line.trim() !== '') }
}
