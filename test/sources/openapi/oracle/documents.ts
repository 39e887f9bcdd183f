import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../../..')
const specs = resolve(root, process.env.PATCHBAY_SPECS ?? '../shared/specs')
const corpus = join(root, 'corpus/node_modules')

/** The independent implementation: `swagger-client`, which is larger than all the rest and so installed apart. */
export type Oracle = Readonly<{ buildRequest: (options: object) => OracleRequest }>

/** What it makes of an operation and its arguments. */
export type OracleRequest = Readonly<{
  url: string
  method: string
  headers: Readonly<Record<string, string>>
  body?: unknown
}>

/** Loads it from `corpus/`; undefined when that is not installed. */
export function loadOracle(): Oracle | undefined {
  if (!existsSync(join(corpus, 'swagger-client'))) return undefined
  return createRequire(join(root, 'corpus/package.json'))('swagger-client') as Oracle
}

/** Documents by name: those of the folder beside the repository, and those that come with `corpus/`. */
export function findDocuments(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const folders = [specs, ...['3.0', '3.1'].map(version => join(corpus, '@readme/oas-examples', version, 'json'))]
  for (const folder of folders) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (/\.(json|yaml)$/.test(name))
        found.set(
          folder === specs ? name : `readme ${join(folder, name).split('/').at(-3)} ${name}`,
          join(folder, name),
        )
    }
  }
  const more = ['@octokit/openapi/generated/api.github.com.json', '@figma/rest-api-spec/openapi/openapi.yaml']
  for (const each of more) {
    const path = join(corpus, each)
    if (existsSync(path)) found.set(basename(each), path)
  }
  if (found.has('github.json')) found.delete('api.github.com.json')
  return found
}
