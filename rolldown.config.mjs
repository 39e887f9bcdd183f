// The package: our modules in a few files, since a start that loads 170 small ones takes 50 ms longer. Most dependencies stay
// outside, so that whoever installs the package sees, audits and updates them as usual.
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { isAbsolute } from 'node:path'

/**
 * What every start loads before it knows what to do, and loads several times faster as the part of it that we use: zod is 95
 * files, most of them translations of its messages, pino 25. package.json names and pins them as before.
 */
const inside = ['zod', 'commander', 'fastest-levenshtein', 'pino', 'keyv']

/** What a package that is inside imports is inside too. */
const isInside = (id, importer = '') =>
  /^\./.test(id) || isAbsolute(id) || inside.includes(id) || importer.includes('/node_modules/')

const shared = {
  platform: 'node',
  tsconfig: false,
  external: (id, importer) => builtinModules.includes(id.replace(/^node:/, '')) || !isInside(id, importer),
}

/** Their licences ask to go where their code goes. */
const licences = {
  name: 'licences',
  generateBundle(_, bundle) {
    const ids = Object.values(bundle).flatMap(({ modules = {} }) => Object.keys(modules))
    const folders = ids.flatMap(id => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [])
    const texts = [...new Set(folders)].sort().map(folder => `${nameOf(folder)}\n\n${licenceOf(folder)}\n`)
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source: texts.join('\n---\n\n') })
  },
}

function nameOf(folder) {
  return folder.slice(folder.lastIndexOf('/node_modules/') + '/node_modules/'.length)
}

function licenceOf(folder) {
  const file = readdirSync(folder).find(name => /^licen[cs]e(\.|$)/i.test(name))
  if (file === undefined) throw new Error(`${folder} has no licence to go into the package.`)
  return readFileSync(`${folder}/${file}`, 'utf8').trim()
}

/** Everything lies beside each other in `dist`: files find the entries of threads, and package.json, from where they are. */
const output = chunkFileNames => ({ dir: 'dist', entryFileNames: '[name].js', chunkFileNames })

/** What is loaded together is one file, with all that it imports: a file costs the start 1 ms, however small it is. */
const together = [
  { name: 'foresee', test: /src\/cli\/foresee-documents\.ts$/, priority: 3 },
  { name: 'gateway', test: /src\/main\.ts$/, priority: 2 },
  { name: 'mcp', test: /src\/serve\/mcp\/mcp-(methods|stdio)\.ts$/, priority: 1 },
]

export default [
  {
    ...shared,
    input: { cli: 'src/cli.ts', index: 'src/index.ts' },
    plugins: [licences],
    output: { ...output('[name].js'), cleanDir: true, codeSplitting: { groups: together } },
  },
  // A thread comes up sooner with one file of its own than with what it shares.
  {
    ...shared,
    input: { 'read-thread': 'src/sources/openapi/read-thread.ts' },
    output: output('read-thread-[name].js'),
  },
  {
    ...shared,
    input: { 'lint-thread': 'src/sources/openapi/lint/lint-thread.ts' },
    output: output('lint-thread-[name].js'),
  },
]
