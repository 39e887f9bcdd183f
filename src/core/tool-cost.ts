import type { Tool } from './tool.ts'

/** What a list of tools costs whoever shows it to a model. */
export type ToolCosts = Readonly<{
  tools: number
  /** Of the definitions as JSON in UTF-8, as tools/list gives them. */
  bytes: number
  /** Of names, descriptions and arguments, as a model is shown them: an estimate, since each model counts its own way. */
  estimatedTokens: number
}>

/** Counts the tokens of a text. */
export type CountTokens = (text: string) => number

/** Between pauses this much text is counted, which takes some ten milliseconds. */
const charactersAtOnce = 65_536

/** Counts the tokens of one tool as a model is shown it: its name, description and arguments. */
export function tokensOf({ name, description, inputSchema }: Tool, countTokens: CountTokens): number {
  return countTokens(JSON.stringify({ name, description, parameters: inputSchema }))
}

/**
 * Adds up what tools cost.
 *
 * @param pause - lets others run; called now and then, since counting a megabyte takes a while
 */
export async function addUpCosts(
  tools: readonly Tool[],
  countTokens: CountTokens,
  pause: () => Promise<void>,
): Promise<ToolCosts> {
  let bytes = 0
  let estimatedTokens = 0
  let sincePause = 0
  for (const tool of tools) {
    const size = Buffer.byteLength(JSON.stringify(tool))
    bytes += size
    sincePause += size
    estimatedTokens += tokensOf(tool, countTokens)
    if (sincePause < charactersAtOnce) continue
    sincePause = 0
    await pause()
  }
  return { tools: tools.length, bytes, estimatedTokens }
}
