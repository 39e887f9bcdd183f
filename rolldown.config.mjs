// The package: our modules in a few files, since a start that loads 170 small ones takes 50 ms longer. Dependencies stay
// outside, so that whoever installs the package sees, audits and updates them as usual.
import { builtinModules } from 'node:module'

const shared = {
  platform: 'node',
  tsconfig: false,
  external: id => builtinModules.includes(id) || !/^[./]/.test(id),
}

/** Everything lies beside each other in `dist`: files find the entries of threads, and package.json, from where they are. */
const output = chunkFileNames => ({ dir: 'dist', entryFileNames: '[name].js', chunkFileNames })

export default [
  {
    ...shared,
    input: { cli: 'src/cli.ts', index: 'src/index.ts' },
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
