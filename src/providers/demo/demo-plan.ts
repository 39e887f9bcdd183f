import type { FunctionTool } from '../../core/model.ts'
import type { Derived } from './demo-arguments.ts'
import { deriveArguments } from './demo-arguments.ts'
import { contentWords, likeness } from './demo-words.ts'

/** A tool and the arguments to call it with. */
export type Plan = Readonly<{ tool: FunctionTool; args: Derived['args'] }>

/**
 * Picks the tool whose name and description fit a sentence best, and derives its arguments from the sentence.
 *
 * A word of the name counts more than one of the description, and a word that many tools have counts less. Arguments that
 * the sentence plainly gives speak for a tool, required ones that it does not give speak against it.
 *
 * @returns undefined where nothing in the sentence points at any tool
 */
export function planCall(sentence: string, tools: readonly FunctionTool[]): Plan | undefined {
  const words = contentWords(sentence)
  const known = tools.map(tool => ({
    tool,
    name: contentWords(tool.function.name),
    about: contentWords(tool.function.description ?? ''),
  }))
  let best: (Plan & { score: number }) | undefined
  for (const { tool, name, about } of known) {
    const rarity = (word: string): number =>
      1 / Math.max(1, known.filter(other => other.name.some(part => likeness(part, word) === 1)).length)
    const named = scoreWords(words, name, word => 2 + 2 * rarity(word))
    const described = scoreWords(words, about, () => 0.5)
    if (named + described < 1) continue
    const { args, given, guessed, missing } = deriveArguments(sentence, tool)
    const score = named + described + 1.5 * given + 0.25 * guessed - 4 * missing - 0.2 * name.length
    if (best === undefined || score > best.score) best = { tool, args, score }
  }
  return best && { tool: best.tool, args: best.args }
}

/** Each word of the sentence counts once, for the word that is most like it. */
function scoreWords(words: readonly string[], offered: readonly string[], weight: (word: string) => number): number {
  const unique = [...new Set(words)]
  return unique.reduce((sum, word) => {
    const closest = Math.max(0, ...offered.map(other => likeness(word, other)))
    return sum + closest * weight(word)
  }, 0)
}
