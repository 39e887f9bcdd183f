import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, resolve, sep } from 'node:path'
import { isObject } from '../core/json.ts'
import type { Findings } from './findings.ts'
import type { Path } from './parse-jsonc.ts'

/** What the variables of a file are filled in from. */
export type Surroundings = Readonly<{
  env: Readonly<Record<string, string | undefined>>
  /** The directory of the file: `${workspaceFolder}`, and where `${file:...}` starts. */
  directory: string
  /** VS Code's `inputs`: id to default, undefined where there is none. */
  inputs: ReadonlyMap<string, string | undefined>
}>

/** The values that variables have put into the strings at a path or below it. What the file itself says is none of them. */
export type FilledAt = (path: Path) => readonly string[]

/**
 * Fills in the variables in every string of a document, and gives back a new one, and which values came into it.
 *
 * What was filled in is not looked at again, so a variable's value can never read a file or another variable. Left as
 * they are: `$schema`, `inputs`, entries with `disabled: true`, and OpenAPI documents written into the file. A string
 * that cannot be filled in becomes a problem naming the variable, and stays as it was.
 */
export async function interpolate(
  document: unknown,
  surroundings: Surroundings,
  findings: Findings,
): Promise<Readonly<{ filled: unknown; filledAt: FilledAt }>> {
  const values: { path: Path; value: string }[] = []
  const fill = async (value: unknown, path: Path): Promise<unknown> => {
    if (isLeftAlone(value, path)) return value
    if (typeof value === 'string') return fillText(value, path)
    if (Array.isArray(value)) return Promise.all(value.map((item, index) => fill(item, [...path, index])))
    if (!isObject(value)) return value
    const members = Object.entries(value).map(
      async ([key, member]) => [key, await fill(member, [...path, key])] as const,
    )
    return Object.fromEntries(await Promise.all(members))
  }
  const fillText = async (text: string, path: Path): Promise<string> => {
    const { filled, foreign } = await fillString(text, path, surroundings, findings)
    values.push(...foreign.map(value => ({ path, value })))
    return filled
  }
  return {
    filled: await fill(document, []),
    filledAt: path => values.filter(each => path.every((part, at) => part === each.path[at])).map(({ value }) => value),
  }
}

/** The variable that stands in for VS Code's question: `PATCHBAY_INPUT_` and the id in capitals, `_` for the rest. */
export function inputVariable(id: string): string {
  return `PATCHBAY_INPUT_${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`
}

/** Tells whether an entry is switched off, in the words of any client. */
export function isDisabled(entry: unknown): boolean {
  return isObject(entry) && (entry.disabled === true || entry.enabled === false)
}

const sourceBlocks = ['mcpServers', 'servers', 'mcp_servers']

function isLeftAlone(value: unknown, path: Path): boolean {
  const [block, , key] = path
  if (path.length === 1) return block === '$schema' || block === 'inputs'
  if (typeof block !== 'string' || !sourceBlocks.includes(block)) return false
  return path.length === 2 ? isDisabled(value) : path.length === 3 && key === 'openapi' && isObject(value)
}

/** An escape, a whole variable, or the beginning of one that is not closed. */
const pattern = /\$\$\{|\$\{([^{}]*)\}|\$\{/g

async function fillString(
  text: string,
  path: Path,
  around: Surroundings,
  findings: Findings,
): Promise<Readonly<{ filled: string; foreign: readonly string[] }>> {
  const whole = /^os\.environ\/(.+)$/.exec(text)
  const parts = whole ? [`env:${whole[1]}`] : [...text.matchAll(pattern)].map(match => match[1] ?? match[0])
  const found = await Promise.all(parts.map(part => lookUp(part, around)))
  const missing = found.flatMap(answer => answer.missing ?? [])
  if (missing.length > 0) {
    findings.problem(path, [...new Set(missing)].join(' Also it '))
    return { filled: text, foreign: [] }
  }
  const foreign = found.flatMap(({ value, isWritten }) => (value === undefined || isWritten ? [] : [value]))
  if (whole) return { filled: found[0]?.value ?? text, foreign }
  let next = 0
  return { filled: text.replace(pattern, () => found[next++]?.value ?? ''), foreign }
}

/** The value of one variable, or what is wrong. `isWritten`: it stands in the file, or says only where that lies. */
type Answer = Readonly<{ value?: string; isWritten?: true; missing?: string }>

async function lookUp(expression: string, around: Surroundings): Promise<Answer> {
  if (expression === '$${') return { value: '${', isWritten: true }
  if (expression === '${') {
    return { missing: `holds "\${" without a simple name and "}" behind it; write "$\${" where it stands for itself.` }
  }
  const fixed = fixedVariables(around).get(expression)
  if (fixed !== undefined) return { value: fixed, isWritten: true }
  const [, scheme, rest = ''] = /^(env|input|file):(.*)$/s.exec(expression) ?? []
  if (scheme === 'file') return readSecret(rest, around.directory)
  if (scheme === 'input') return lookUpInput(rest, around)
  return lookUpVariable(scheme === 'env' ? rest : expression, around)
}

/** The fixed ones that VS Code and Cursor know. */
function fixedVariables({ env, directory }: Surroundings): ReadonlyMap<string, string> {
  return new Map([
    ['workspaceFolder', directory],
    ['workspaceFolderBasename', basename(directory)],
    ['userHome', env.HOME ?? homedir()],
    ['pathSeparator', sep],
    ['/', sep],
  ])
}

/** `:-` as in a shell: the default holds when the variable is unset or empty. */
function lookUpVariable(expression: string, { env }: Surroundings): Answer {
  const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(expression) ?? []
  if (name === undefined) {
    const forms = ['VAR', 'VAR:-default', 'env:VAR', 'input:id', 'file:path', 'workspaceFolder', 'userHome']
    return { missing: `holds a variable of an unknown form. Known: ${forms.map(form => `\${${form}}`).join(', ')}.` }
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (fallback !== undefined) return value ? { value } : { value: fallback, isWritten: true }
  if (value !== undefined) return { value }
  return { missing: `needs the environment variable ${name}, which is not set. Set it, or write \${${name}:-default}.` }
}

function lookUpInput(id: string, { env, inputs }: Surroundings): Answer {
  const variable = inputVariable(id)
  const value = env[variable] ?? inputs.get(id)
  if (value !== undefined) return { value }
  const name = JSON.stringify(id.slice(0, 60))
  return { missing: `needs the input ${name}: set the environment variable ${variable}, or give the input a default.` }
}

async function readSecret(path: string, directory: string): Promise<Answer> {
  try {
    return { value: (await readFile(resolve(directory, path), 'utf8')).replace(/\r?\n$/, '') }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    return {
      missing: `needs the file ${JSON.stringify(path.slice(0, 200))}, which cannot be read (${code}). Create it, or correct the path.`,
    }
  }
}
