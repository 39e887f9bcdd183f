import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** Which rooms a room may import, besides itself and core. `house` is whoever builds: main, the CLI, the library. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: [],
  auth: [],
  store: [],
  observe: [],
  providers: [],
  llm: [],
  gateway: [],
  egress: [],
  'sources/openapi': ['sources', 'egress'],
  'sources/mcp': ['sources', 'egress'],
  sources: ['sources/search'],
  'sources/search': [],
  serve: ['gateway', 'llm'],
}

/** The npm packages each room may use; a room that is not named uses none. */
const packages: Readonly<Record<string, readonly string[]>> = {
  core: ['fastest-levenshtein'],
  config: ['zod'],
  egress: ['undici'],
  'sources/openapi': ['js-yaml', 'yaml', 'undici', 'ajv', 'fastest-levenshtein', '@apidevtools/swagger-parser'],
  'sources/mcp': ['undici', 'eventsource-parser'],
  'sources/search': ['minisearch', 'fastest-levenshtein'],
  providers: ['undici', 'eventsource-parser', 'aws4fetch', '@smithy/core', '@pydantic/genai-prices'],
  serve: ['zod'],
  store: ['keyv'],
  observe: ['pino', 'prom-client'],
  house: ['commander', 'gpt-tokenizer'],
}

/** What `main.ts` loads before it knows its configuration; an HTTP client alone is 100 files and 50 ms. */
const startPackages = ['fastest-levenshtein', 'pino', 'zod']

/** All that core takes from Node: a hash is a pure function. */
const coreNodeModules = ['node:crypto']

const maxLines = 250

const root = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts'))
  .map(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return { file, room: roomOf(file), text, imports: importsOf(text) }
  })

describe('the house', () => {
  it('has only the rooms of the plan', () => {
    const known = [...Object.keys(mayImport), 'house']
    expect(files.filter(({ room }) => !known.includes(room)).map(({ file, room }) => `${file}: ${room}`)).toEqual([])
    expect(files.length).toBeGreaterThan(30)
  })

  it('lets each room see only what it may', () => {
    const wrong = files.flatMap(({ file, room, imports }) =>
      ownImports(file, imports)
        .filter(({ target }) => room !== 'house' && !maySee(room, roomOf(target)))
        .map(({ written }) => `src/${file} (${room}) imports ${written}`),
    )
    expect(wrong).toEqual([])
  })

  it('keeps each package to its rooms', () => {
    const wrong = files.flatMap(({ file, room, imports }) =>
      imports
        .filter(name => !name.startsWith('.') && !name.startsWith('node:'))
        .filter(name => !(packages[room] ?? []).includes(packageOf(name)))
        .map(name => `src/${file} (${room}) imports ${name}`),
    )
    expect(wrong).toEqual([])
  })

  it('loads no package for its start but those that every start needs', () => {
    const statics = new Map(files.map(({ file, text }) => [file, staticImportsOf(text)]))
    const reached = new Set(['main.ts'])
    for (const file of reached) for (const { target } of ownImports(file, statics.get(file) ?? [])) reached.add(target)
    const loaded = [...reached].flatMap(file => statics.get(file) ?? []).filter(name => /^[^.]/.test(name))
    const others = loaded.filter(name => !name.startsWith('node:')).map(packageOf)
    expect([...new Set(others)].sort()).toEqual(startPackages)
    expect(reached.size).toBeGreaterThan(100)
  })

  it('keeps core pure', () => {
    const wrong = files
      .filter(({ room }) => room === 'core')
      .flatMap(({ file, text, imports }) => [
        ...imports
          .filter(name => name.startsWith('node:') && !coreNodeModules.includes(name))
          .map(name => `src/${file} imports ${name}`),
        ...[
          ...text.matchAll(/\b(?:Date\.now|new Date\(\)|Math\.random|randomUUID|setTimeout|setInterval|process\.\w+)/g),
        ].map(([use]) => `src/${file} uses ${use}`),
      ])
    expect(wrong).toEqual([])
  })

  it('has no import circle', () => {
    const graph = new Map(
      files.map(({ file, imports }) => [file, ownImports(file, imports).map(({ target }) => target)]),
    )
    expect([...graph.keys()].flatMap(file => findCircle(graph, file))).toEqual([])
  })

  it('finds every file it imports', () => {
    const known = new Set(files.map(({ file }) => file))
    const missing = files.flatMap(({ file, imports }) =>
      ownImports(file, imports)
        .filter(({ target }) => !known.has(target) && !target.endsWith('.json'))
        .map(({ written }) => `src/${file} imports ${written}`),
    )
    expect(missing).toEqual([])
  })
})

describe('a file', () => {
  it(`has at most ${maxLines} lines`, () => {
    const sizes = files.map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
    expect(sizes.filter(({ lines }) => lines > maxLines).map(({ file, lines }) => `src/${file}: ${lines}`)).toEqual([])
  })

  it('says what each of its exports promises', () => {
    const bare = files.flatMap(({ file, text }) => {
      const lines = text.split('\n')
      return lines.flatMap((line, at) =>
        declaration.test(line) && !(lines[at - 1] ?? '').trimEnd().endsWith('*/')
          ? [`src/${file}:${at + 1}: ${line.trim().slice(0, 60)}`]
          : [],
      )
    })
    expect(bare).toEqual([])
  })
})

const declaration = /^export (?:declare |abstract |async )*(?:function|const|let|class|type|interface|enum)\b(?! *\{)/

function roomOf(file: string): string {
  const [first = '', second = '', third] = file.split('/')
  if (second === '' || first === 'cli') return 'house'
  return first === 'sources' && third !== undefined ? `${first}/${second}` : first
}

/** Everything after `from`, in a bare import, or in `import()`; comments left out. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const forms =
    /^(?:import|export|\})[^'"\n]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm
  return [...code.matchAll(forms)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
}

/** Those that are loaded with the file: neither types nor `import()`. */
function staticImportsOf(text: string): string[] {
  return importsOf(text.replace(/^(?:import|export) type [\s\S]*?from '[^']+'$/gm, '').replace(/\bimport\(/g, 'later('))
}

function ownImports(file: string, imports: readonly string[]): { written: string; target: string }[] {
  return imports
    .filter(name => name.startsWith('.'))
    .map(written => ({ written, target: join(dirname(file), written).replaceAll('\\', '/') }))
}

function maySee(room: string, other: string): boolean {
  return room === other || other === 'core' || (mayImport[room] ?? []).includes(other)
}

function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/')
}

/** The shortest way from a file back to itself, told once: at the file of the circle that sorts first. */
function findCircle(graph: ReadonlyMap<string, readonly string[]>, start: string): string[] {
  const open: string[][] = [[start]]
  const seen = new Set<string>()
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    for (const next of graph.get(path.at(-1) ?? '') ?? []) {
      if (next === start) return path.toSorted()[0] === start ? [[...path, start].join(' → ')].flat() : []
      if (!seen.has(next)) open.push([...path, next])
      seen.add(next)
    }
  }
  return []
}
