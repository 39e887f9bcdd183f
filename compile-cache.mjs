// Keeps compiled code, and TypeScript without its types, in the system's cache folder: `node --import ./compile-cache.mjs`.
// It must be there before the first TypeScript file, since taking types out loads a parser of 20 MB.
// NODE_DISABLE_COMPILE_CACHE=1 turns it off.
import module from 'node:module'

module.enableCompileCache?.()
