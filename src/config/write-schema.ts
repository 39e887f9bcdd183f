import { writeFile } from 'node:fs/promises'
import { renderJsonSchema } from './json-schema.ts'

// Run by `npm run schema` after a change of the configuration's schema; a test compares the file with it.
const target = new URL('../../servers.schema.json', import.meta.url)
await writeFile(target, renderJsonSchema())
console.log(`Wrote ${target.pathname}`)
