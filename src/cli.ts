#!/usr/bin/env node
import module from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`patchbay: Node 22.19 or newer is needed; this is ${process.version}.\n`)
  process.exit(1)
}
// A stdio client starts us anew for every conversation; compiled code kept in the system's cache folder halves that time.
// NODE_DISABLE_COMPILE_CACHE=1 turns it off.
module.enableCompileCache()
const { foreseeDocuments } = await import('./cli/foresee-documents.ts')
foreseeDocuments(process.argv.slice(2), process.env)
const { run } = await import('./cli/program.ts')
await run()
