#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// A stdio client starts us anew for every conversation; compiled code kept in the system's cache folder halves that time.
// NODE_DISABLE_COMPILE_CACHE=1 turns it off.
enableCompileCache()
const { run } = await import('./cli/program.ts')
await run()
