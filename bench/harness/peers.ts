import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const modules = resolve(import.meta.dirname, '../peers/node_modules')

/** The command line of each peer, as its package installs it. */
export const peerScripts: Readonly<Record<'server' | 'generator' | 'mcpProxy' | 'supergateway' | 'portkey', string>> = {
  server: join(modules, '@ivotoby/openapi-mcp-server/bin/mcp-server.js'),
  generator: join(modules, 'openapi-mcp-generator/bin/openapi-mcp-generator.js'),
  mcpProxy: join(modules, 'mcp-proxy/dist/bin/mcp-proxy.mjs'),
  supergateway: join(modules, 'supergateway/dist/index.js'),
  portkey: join(modules, '@portkey-ai/gateway/build/start-server.js'),
}

/** Why the peers cannot take part; undefined when they can. */
export function missingPeers(): string | undefined {
  if (Object.values(peerScripts).every(path => existsSync(path))) return undefined
  return 'bench/peers is not installed; `npm ci --prefix bench/peers --ignore-scripts` does it'
}

/**
 * Has openapi-mcp-generator write its project for a document, and makes JavaScript of it.
 *
 * Its types are stripped, which is what a build would leave, without the minutes that checking them takes. The project
 * finds its packages among the peers'. One that it names and they do not bring, `dotenv`, has a stand-in that does
 * nothing, one folder further up: there is no .env file to read either.
 *
 * @param directory - the project's own, empty or not there yet
 * @returns the built server's script
 * @throws with what the generator said, when it fails
 */
export async function generateServer(document: string, baseUrl: string, directory: string): Promise<string> {
  const project = join(directory, 'project')
  const args = [peerScripts.generator, '--input', document, '--output', project, '--base-url', baseUrl, '--force']
  mkdirSync(directory, { recursive: true })
  await promisify(execFile)(process.execPath, args, { cwd: directory, timeout: 300_000, maxBuffer: 10_485_760 })
  symlinkSync(modules, join(project, 'node_modules'))
  standInForDotenv(join(directory, 'node_modules/dotenv'))
  const script = join(project, 'build/index.js')
  mkdirSync(join(project, 'build'))
  writeFileSync(script, stripTypeScriptTypes(readFileSync(join(project, 'src/index.ts'), 'utf8')))
  return script
}

function standInForDotenv(directory: string): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'index.js'), 'exports.config = () => ({})\n')
}
