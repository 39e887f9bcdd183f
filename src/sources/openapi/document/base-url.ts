import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { cleanText } from './clean-text.ts'
import type { ServerVariables } from './server-variables.ts'
import { fillVariables } from './server-variables.ts'
import { isSwagger2, readServers2 } from './swagger2.ts'

/** What the configuration says of where calls go. */
export type ServerChoice = Readonly<{
  baseUrl?: string
  /** Among the document's servers: an index, or a URL, name or description. */
  server?: number | string
  serverVariables?: ServerVariables
}>

/** Where calls may go: `usable[0]` is used. `problems` are sentences about those that cannot be. */
export type BaseUrls = Readonly<{ usable: readonly URL[]; problems: readonly string[] }>

/**
 * Finds the base URLs of a document, or of one operation with servers of its own.
 *
 * The configuration's `baseUrl` wins over everything. Otherwise the document's servers, the chosen one first, variables
 * filled with the configured values or their defaults, relative ones resolved against the URL it was fetched from. Only
 * http and https, never with a user or password. Whether a call may go there is for `egress` to say, when it is made.
 *
 * A choice that fits none of the document's servers leaves none, so that no call goes to one that was not meant. An
 * operation with servers of its own follows the choice where it can.
 *
 * @param servers - Server Objects of an operation or path; the document's when absent
 */
export function readBaseUrls(
  from: Readonly<{ document: JsonObject; url?: string }>,
  { baseUrl, server: choice, serverVariables = {} }: ServerChoice,
  servers?: readonly unknown[],
): BaseUrls {
  if (baseUrl !== undefined) {
    const read = readUrl(baseUrl, undefined)
    return typeof read === 'string'
      ? { usable: [], problems: [`"baseUrl" ${read}.`] }
      : { usable: [read], problems: [] }
  }
  const usable: URL[] = []
  const problems: string[] = []
  const all = servers ?? documentServers(from)
  const chosen = choice === undefined ? undefined : findServer(all, choice)
  if (choice !== undefined && chosen === undefined && servers === undefined) {
    return {
      usable,
      problems: [`"server" ${JSON.stringify(choice)} is not one of the document's: ${listServers(all)}.`],
    }
  }
  if (servers === undefined) problems.push(...findUnused(all, serverVariables))
  for (const server of chosen === undefined ? all : [chosen, ...all.filter(each => each !== chosen)]) {
    const read = readServer(server, from.url, serverVariables)
    if (typeof read !== 'string') usable.push(read)
    else {
      if (read !== '') problems.push(`A server of the document ${read}.`)
      if (server === chosen) break
    }
  }
  if (usable.length === 0) problems.push('The document names no server that can be used: set "baseUrl".')
  return { usable, problems }
}

function findServer(servers: readonly unknown[], choice: number | string): unknown {
  if (typeof choice === 'number' || /^\d+$/.test(choice)) return servers[Number(choice)]
  const plain = (text: unknown) => (typeof text === 'string' ? text.trim().toLowerCase().replace(/\/$/, '') : undefined)
  const wanted = plain(choice)
  return servers.find(
    each => isObject(each) && [each.url, each.name, each.description].some(text => plain(text) === wanted),
  )
}

/** A misspelt name would leave the default in place, and calls would go elsewhere than was meant. */
function findUnused(servers: readonly unknown[], values: ServerVariables): readonly string[] {
  const urls = servers.map(each => (isObject(each) ? String(each.url) : ''))
  return Object.keys(values)
    .filter(name => !urls.some(url => url.includes(`{${name}}`)))
    .map(name => `"serverVariables" has ${JSON.stringify(name)}, which no server of the document has.`)
}

function listServers(servers: readonly unknown[]): string {
  const shown = servers.slice(0, 10).map((each, index) => {
    const { url, name, description } = isObject(each) ? each : {}
    const parts = [url, name ?? description].filter(text => typeof text === 'string')
    return `${index} (${parts.map(text => text.slice(0, 60)).join(', ')})`
  })
  return shown.join('; ')
}

function documentServers({ document, url }: Readonly<{ document: JsonObject; url?: string }>): readonly unknown[] {
  if (isSwagger2(document)) return readServers2(document, url)
  const { servers } = document
  // Without any, the server is where the document is (OpenAPI 3.1, OpenAPI Object, "servers").
  return Array.isArray(servers) && servers.length > 0 ? servers : [{ url: '/' }]
}

/** A string instead says what is wrong; an empty one, that nothing is: it is only not known where the document is. */
function readServer(server: unknown, documentUrl: string | undefined, values: ServerVariables): URL | string {
  if (!isObject(server) || typeof server.url !== 'string') return 'has no URL'
  const filled = fillVariables(server.url, server.variables, values)
  if (!filled.ok) return filled.problem
  const path = filled.url.trim()
  if (documentUrl !== undefined || !/^\/(?!\/)/.test(path)) return readUrl(path, documentUrl)
  return path === '/' ? '' : `has no host, only the path ${showPath(path)}: "baseUrl" has to end in it`
}

function showPath(path: string): string {
  return JSON.stringify(cleanText(path.replace(/[?#].*$/s, ''), 100))
}

function readUrl(text: string, base: string | undefined): URL | string {
  const url = URL.parse(text.trim(), base)
  if (url === null) return base === undefined ? 'is relative or not a URL' : 'is not a URL'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'is not http or https'
  if (url.username !== '' || url.password !== '') return 'holds a user or password'
  url.hash = ''
  return url
}
