import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { resolveRef } from './resolve-ref.ts'
import { isSwagger2 } from './swagger2.ts'

/**
 * Cuts a document down to what says where its calls go, so that this can be decided when the document itself is gone:
 * base URLs found in what is left are those found in the whole.
 */
export function cutToServers(document: JsonObject): JsonObject {
  const { host, basePath, schemes } = document
  if (isSwagger2(document)) return { swagger: '2.0', ...texts({ host, basePath }), schemes: listOf(schemes) }
  const servers = resolveRef(document, document.servers)
  // Whoever names servers that cannot be had does not mean the place of the document.
  if (!servers.ok) return { servers: [{}] }
  return { servers: Array.isArray(servers.value) ? cutServers(servers.value) : [] }
}

/** The same of Server Objects. */
export function cutServers(servers: readonly unknown[]): readonly unknown[] {
  return servers.map(server => {
    if (!isObject(server)) return {}
    const { url, name, description } = server
    return {
      ...texts({ url, name, description }),
      variables: cutVariables(typeof url === 'string' ? url : '', server.variables),
    }
  })
}

function cutVariables(url: string, variables: unknown): JsonObject {
  const used = Object.entries(isObject(variables) ? variables : {}).filter(([name]) => url.includes(`{${name}}`))
  return Object.fromEntries(
    used.map(([name, variable]) => {
      const { default: usual, enum: allowed } = isObject(variable) ? variable : {}
      const isUsable = typeof usual === 'string' || typeof usual === 'number'
      return [name, { ...(isUsable && { default: usual }), ...(Array.isArray(allowed) && { enum: listOf(allowed) }) }]
    }),
  )
}

function texts(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value === 'string'))
}

function listOf(values: unknown): readonly string[] {
  // Whatever else stands there has no text that anyone could mean, and may not even be turned into one.
  return Array.isArray(values) ? values.filter(value => value === null || typeof value !== 'object').map(String) : []
}
