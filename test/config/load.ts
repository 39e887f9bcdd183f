import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../src/config/config.ts'
import { loadConfig, parseConfig } from '../../src/config/load-config.ts'
import type { SourceConfig } from '../../src/core/source-config.ts'

/** Where relative paths of {@link read} start; nothing needs to be there. */
export const directory = '/etc/patchbay'

/** A new directory of its own for files of a test. */
export function temporary(files: Readonly<Record<string, string>> = {}): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'patchbay-config-')))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

/** Reads a document as if it stood in servers.json. */
export function read(document: unknown, env: Record<string, string> = {}): Promise<Config> {
  const text = typeof document === 'string' ? document : JSON.stringify(document, null, 2)
  return parseConfig(text, `${directory}/servers.json`, { env })
}

/** Reads one entry of `mcpServers`, or of the block named. */
export async function readEntry(
  entry: object,
  env: Record<string, string> = {},
  block = 'mcpServers',
): Promise<SourceConfig> {
  const [source] = (await read({ [block]: { x: entry } }, env)).sources
  if (source === undefined) throw new Error('The entry gave no source.')
  return source
}

/** The problems of a document: the lines without file and place. */
export async function problemsOf(document: unknown, env: Record<string, string> = {}): Promise<string[]> {
  const message = await messageOf(read(document, env))
  return message.split('\n').map(line => line.replace(/^\S+?:\d+:\d+: /, ''))
}

/** The message that a load fails with. */
export async function messageOf(loading: Promise<Config>): Promise<string> {
  return loading.then(
    () => 'no problem',
    (error: Error) => error.message,
  )
}

/** Writes servers.json into a new directory and loads it. */
export function loadText(text: string, env: Record<string, string> = {}): Promise<Config> {
  return loadConfig(join(temporary({ 'servers.json': text }), 'servers.json'), { env })
}
