import { closestWord, maxWordLength } from '../core/closest-word.ts'
import { GatewayError } from '../core/errors.ts'
import type { Path, Positions } from './parse-jsonc.ts'
import { locate } from './parse-jsonc.ts'

/** What is wrong or without effect in a file, gathered while it is read, so that all of it is told at once. */
export type Findings = Readonly<{
  /** Notes a problem: the file cannot be used. A second one at the same path is dropped, since the first caused it. */
  problem: (path: Path, text: string) => void
  /** Notes something that was read but has no effect. */
  warning: (path: Path, text: string) => void
  /** True when a problem was noted at this path or below it. */
  spoiled: (path: Path) => boolean
  /** The warnings, each a line with file, line and column. */
  warnings: () => string[]
  /** Throws `CONFIG_INVALID` with a line for each problem, in the order of the file; does nothing when there is none. */
  throwIfAny: () => void
}>

/** Starts a collection for one file. `text` of a problem goes on where the path ends: "is not ...". */
export function createFindings(file: string, source: { text: string; positions: Positions }): Findings {
  const problems = new Map<string, Finding>()
  const warnings: Finding[] = []
  const describe = (path: Path, text: string): Finding => {
    const { offset, line, column } = locate(source, path)
    return { path, offset, line: `${file}:${line}:${column}: ${formatPath(path)} ${text}` }
  }
  return {
    problem: (path, text) => {
      const id = JSON.stringify(path)
      if (!problems.has(id)) problems.set(id, describe(path, text))
    },
    warning: (path, text) => warnings.push(describe(path, text)),
    spoiled: path => [...problems.values()].some(({ path: other }) => path.every((part, at) => part === other[at])),
    warnings: () => inOrder(warnings),
    throwIfAny: () => {
      if (problems.size === 0) return
      const lines = inOrder([...problems.values()])
      const more = lines.length - maxShown
      const shown = more > 0 ? [...lines.slice(0, maxShown), `${file}: and ${more} more.`] : lines
      throw new GatewayError('CONFIG_INVALID', shown.join('\n'), { data: { file, problems: shown } })
    },
  }
}

/** Suggests the known word that was probably meant: ` did you mean "command"?` with its leading mark, or a full stop. */
export function suggest(word: string, known: readonly string[]): string {
  const found = closestWord(word, known)
  if (found !== undefined) return `; did you mean ${JSON.stringify(found)}?`
  const names = known.map(one => JSON.stringify(one)).join(', ')
  return names.length > 0 && names.length <= 160 && word.length <= maxWordLength ? `. Known: ${names}.` : '.'
}

const maxShown = 100

type Finding = Readonly<{ path: Path; offset: number; line: string }>

/** Writes a path as people do: `mcpServers.github.args[0]`, `mcpServers["my server"].url`. Never a value. */
function formatPath(path: Path): string {
  const text = path.reduce<string>((before, part) => {
    if (typeof part === 'number') return `${before}[${part}]`
    const short = part.length > 60 ? `${part.slice(0, 59)}…` : part
    if (!/^[A-Za-z_$][\w$-]*$/.test(short)) return `${before}[${JSON.stringify(short)}]`
    return before === '' ? short : `${before}.${short}`
  }, '')
  return text || 'The file'
}

function inOrder(findings: readonly Finding[]): string[] {
  return findings.toSorted((a, b) => a.offset - b.offset).map(({ line }) => line)
}
