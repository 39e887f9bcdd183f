// The package: our modules in a few files, since a start that loads 170 small ones takes 50 ms longer. Dependencies stay
// outside, so that whoever installs the package sees, audits and updates them as usual.
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { isAbsolute } from 'node:path'

/**
 * What every start loads before it knows what to do, and loads several times faster as the part of it that we use: zod is 95
 * files, most of them translations of its messages. Both depend on nothing; package.json names and pins them as before.
 */
const inside = ['zod', 'commander']

const shared = {
  platform: 'node',
  tsconfig: false,
  external: id => builtinModules.includes(id) || !(/^\./.test(id) || isAbsolute(id) || inside.includes(id)),
}

/** Their licences ask to go where their code goes. */
const licences = {
  name: 'licences',
  generateBundle() {
    const texts = inside.map(
      name => `${name}\n\n${readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), 'utf8').trim()}\n`,
    )
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source: texts.join('\n---\n\n') })
  },
}

/** Everything lies beside each other in `dist`: files find the entries of threads, and package.json, from where they are. */
const output = chunkFileNames => ({ dir: 'dist', entryFileNames: '[name].js', chunkFileNames })

export default [
  {
    ...shared,
    input: { cli: 'src/cli.ts', index: 'src/index.ts' },
    plugins: [licences],
    output: { ...output('[name].js'), cleanDir: true },
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
