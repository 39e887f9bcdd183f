import { join } from 'node:path'

/** Arguments of `node` that run the gateway's command line: from source with the cache that `npm start` uses too. */
export function nodeArgs(cli: string): readonly string[] {
  return cli.endsWith('.ts') ? ['--import', join(import.meta.dirname, '../compile-cache.mjs'), cli] : [cli]
}
