import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { isSwagger2, readServers2 } from './swagger2.ts'

/** Where calls may go: `usable[0]` is used. `problems` are sentences about those that cannot be. */
export type BaseUrls = Readonly<{ usable: readonly URL[]; problems: readonly string[] }>

/**
 * Finds the base URLs of a document, or of one operation with servers of its own.
 *
 * The configuration's `baseUrl` wins over everything. Otherwise the document's servers, variables filled with their
 * defaults, relative ones resolved against the URL it was fetched from. Only http and https, never with a user or
 * password. Whether a call may go there is for `egress` to say, when it is made.
 *
 * @param servers - Server Objects of an operation or path; the document's when absent
 */
export function readBaseUrls(
  from: Readonly<{ document: JsonObject; url?: string }>,
  baseUrl: string | undefined,
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
  for (const server of servers ?? documentServers(from)) {
    const read = readServer(server, from.url)
    if (typeof read === 'string') problems.push(`A server of the document ${read}.`)
    else usable.push(read)
  }
  if (usable.length === 0) problems.push('The document names no server that can be used: set "baseUrl".')
  return { usable, problems }
}

function documentServers({ document, url }: Readonly<{ document: JsonObject; url?: string }>): readonly unknown[] {
  if (isSwagger2(document)) return readServers2(document, url)
  const { servers } = document
  // Without any, the server is where the document is (OpenAPI 3.1, OpenAPI Object, "servers").
  return Array.isArray(servers) && servers.length > 0 ? servers : [{ url: '/' }]
}

function readServer(server: unknown, documentUrl: string | undefined): URL | string {
  if (!isObject(server) || typeof server.url !== 'string') return 'has no URL'
  const filled = fillVariables(server.url, server.variables)
  return filled === undefined ? 'has a variable without a valid default' : readUrl(filled, documentUrl)
}

/** `{name}` becomes the variable's default, which must be one of its `enum` where there is one. */
function fillVariables(template: string, variables: unknown): string | undefined {
  let complete = true
  const filled = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const variable = isObject(variables) && Object.hasOwn(variables, name) ? variables[name] : undefined
    const value = isObject(variable) ? variable.default : undefined
    const listed = !isObject(variable) || !Array.isArray(variable.enum) || variable.enum.includes(value)
    if ((typeof value === 'string' || typeof value === 'number') && listed) return String(value)
    complete = false
    return ''
  })
  return complete ? filled : undefined
}

function readUrl(text: string, base: string | undefined): URL | string {
  const url = URL.parse(text.trim(), base)
  if (url === null) return base === undefined ? 'is relative or not a URL' : 'is not a URL'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'is not http or https'
  if (url.username !== '' || url.password !== '') return 'holds a user or password'
  url.hash = ''
  return url
}
