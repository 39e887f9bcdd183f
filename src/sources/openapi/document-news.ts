import { count } from '../../core/count.ts'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { SkippedOperation } from './document/operation.ts'
import type { DocumentDiff } from './document-diff.ts'
import { describeDiff, isEmptyDiff } from './document-diff.ts'
import type { ReadDocument } from './read-document.ts'

/** One line of the log. */
export type LogLine = Readonly<{ level: 'info' | 'warn'; message: string; detail?: object }>

/** One line a load, however much is missing; the preview has the whole list. Undefined where nothing is. */
export function reportGaps(id: string, { tools, skipped: all, warnings }: ReadDocument): LogLine | undefined {
  const skipped = all.filter(isGap)
  if (skipped.length === 0 && warnings.length === 0) return undefined
  return {
    level: 'warn',
    message: `"${id}" offers ${count(tools.length, 'tool')}; ${count(skipped.length, 'operation')} ${skipped.length === 1 ? 'was' : 'were'} skipped.`,
    detail: { source: id, skipped: skipped.slice(0, 20), warnings: warnings.slice(0, 20).map(({ reason }) => reason) },
  }
}

/**
 * What another version brings; undefined where nobody needs to hear of it. Where calls go is no part of any tool, so it
 * is told here.
 *
 * @param home - the base URL whose origin is trusted; absent where whatever the document names is
 */
export function reportChange(
  id: string,
  versions: Readonly<{ before: ReadDocument; next: ReadDocument }>,
  diff: DocumentDiff,
  home: string | undefined,
): LogLine | undefined {
  const { before, next } = versions
  const [old, now] = [before.servers[0], next.servers[0]]
  if (isEmptyDiff(diff) && old === now) return undefined
  const base = old === now ? '' : `its base URL is ${now ?? 'none'}, and was ${old ?? 'none'}`
  const what = [describeDiff(diff), base].filter(part => part !== '').join('; ')
  const isAway = old !== now && now !== undefined && home !== undefined && originOf(now) !== originOf(home)
  const lost = diff.removed.length * 2 > before.tools.length
  const warnings = [
    lost ? ` ${diff.removed.length} of ${before.tools.length} TOOLS ARE GONE: was that meant?` : '',
    isAway
      ? ` THAT IS ANOTHER SERVER: headers and credentials go there only with "baseUrl" set to it, or its host in "allowHosts".`
      : '',
  ]
  const message = `The document of "${id}" changed: ${what}.${warnings.join('')}`
  return { level: lost || isAway ? 'warn' : 'info', message }
}

/** The details of a source's health. */
export function describeRead({ title, tools, skipped, warnings, servers }: ReadDocument): JsonObject {
  return {
    ...(title !== undefined && { title }),
    tools: tools.length,
    skipped: skipped.filter(isGap).length,
    ...(!skipped.every(isGap) && { filtered: skipped.filter(each => !isGap(each)).length }),
    warnings: warnings.map(({ reason }) => reason),
    ...(servers[0] !== undefined && { baseUrl: servers[0] }),
  }
}

/** The same error, naming the source. */
export function nameSource(id: string, thrown: unknown): GatewayError {
  const message = messageOf(thrown)
  const { code, data } = thrown instanceof GatewayError ? thrown : { code: 'INTERNAL' as const, data: undefined }
  return new GatewayError(code, message.startsWith(`"${id}"`) ? message : `"${id}": ${message}`, {
    cause: thrown,
    data,
  })
}

/** True where the same bytes will fail the next time too: it was not a busy machine that failed. */
export function isLasting(thrown: unknown): boolean {
  if (!(thrown instanceof GatewayError) || thrown.code !== 'DOCUMENT_INVALID') return false
  const code = isObject(thrown.data) ? thrown.data.code : undefined
  return code !== 'E_SPEC_TIME' && code !== 'E_SPEC_MEMORY'
}

/** What the entry or the document leaves out on purpose is not missing. */
function isGap({ code }: SkippedOperation): boolean {
  return code !== 'FILTERED' && code !== 'HIDDEN'
}

function originOf(url: string): string | undefined {
  return URL.parse(url)?.origin
}
