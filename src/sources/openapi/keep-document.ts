import { GatewayError, messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import type { FileWatch, WatchFile } from '../../core/watch-file.ts'
import type { SkippedOperation } from './document/operation.ts'
import { describeDiff, diffDocuments, isEmptyDiff } from './document-diff.ts'
import type { EgressOptions } from './egress/egress.ts'
import type { HealthKeeper } from './keep-health.ts'
import { isUrl } from './load/document-place.ts'
import type { DocumentVersion } from './load/fetch-files.ts'
import type { ReadDocument } from './read-document.ts'
import { readSource } from './read-source.ts'
import { untilAborted } from './until-aborted.ts'

/** The document of one source, as it is now. */
export type KeptDocument = Readonly<{
  /** Waits for the first load where there was none. @throws GatewayError `DOCUMENT_*`, `SOURCE_UNAVAILABLE`, `CANCELLED` */
  current: (signal: AbortSignal) => Promise<ReadDocument>
  /** What became of an operation that an earlier version had: the rest of a sentence about it. */
  explainGone: (key: string) => string | undefined
  close: () => void
}>

/** What keeping a document needs from the world. */
export type KeepOptions = Readonly<{
  limits: Limits
  health: HealthKeeper
  /** Where a URL may lead besides public addresses. */
  egress: EgressOptions
  log: (level: 'info' | 'warn', message: string, detail?: object) => void
  /** Other tools are there, or the first ones. */
  onChange: () => void
  now: () => Date
  /** Without it the document is read once. */
  watchFile?: WatchFile
}>

/** How many operations that are gone are remembered for those who still call them. */
const maxGone = 10_000

/**
 * Keeps the document of an entry.
 *
 * It is loaded by the first who needs it; a load that failed is tried again by the next. From then on a file is watched
 * and a URL asked again every `documentPollMs`. A version that cannot be read changes nothing: the last good one stays,
 * and one line in the log and the health say why.
 */
export function keepDocument(config: OpenApiConfig, options: KeepOptions): KeptDocument {
  const { limits, health, egress, log, onChange, now, watchFile } = options
  const { document } = config
  const isFollowed = watchFile !== undefined && config.watch !== false
  const closing = new AbortController()
  const { signal } = closing
  const gone = new Map<string, string>()
  let current: ReadDocument | undefined
  let loading: Promise<ReadDocument> | undefined
  /** The version that was fetched last, good or not. */
  let fetched: DocumentVersion | undefined
  let isGood = true
  let told: string | undefined
  let watch: FileWatch | undefined
  let timer: NodeJS.Timeout | undefined

  const load = async (): Promise<ReadDocument> => {
    if (isFollowed && 'at' in document && !isUrl(document.at)) watch ??= watchFile(document.at, { onChange: lookAgain })
    try {
      const first =
        'at' in document && isUrl(document.at)
          ? await (await import('./load/load-document.ts')).fetchDocument(document.at, { limits, signal, egress })
          : undefined
      const read = await readSource(config, { limits, signal, egress, ...(first && { fetched: first }) })
      reportGaps(config.id, read, log)
      const cameBack = health.get().state === 'failed'
      fetched = first?.version
      health.documentRead(describe(read))
      current = read
      if (isFollowed && first !== undefined && !signal.aborted) askAgainLater()
      if (cameBack) onChange()
      return read
    } catch (thrown) {
      loading = undefined
      health.documentFailed('start', thrown)
      throw nameSource(config.id, thrown)
    }
  }

  const lookAgain = async (): Promise<undefined> => {
    await loading?.catch(() => {})
    // Whoever lists it next loads it.
    if (current === undefined) onChange()
    else await reload(() => readSource(config, { limits, signal, egress }))
  }
  const askAgainLater = (): void => {
    // With jitter, so that many gateways do not ask at once.
    const ms = Math.min(limits.documentPollMs * (0.9 + Math.random() / 5), 2_147_483_647)
    timer = setTimeout(() => void reload(fetchAndRead).then(() => signal.aborted || askAgainLater()), ms).unref()
  }
  const fetchAndRead = async (): Promise<ReadDocument | undefined> => {
    const at = 'at' in document ? document.at : ''
    const { fetchIfChanged } = await import('./load/load-document.ts')
    const next = await fetchIfChanged(at, fetched, { limits, signal, egress })
    if (next === undefined && isGood) return undefined
    if (next === undefined)
      throw new GatewayError('DOCUMENT_INVALID', told ?? 'It is still the version that cannot be read.')
    fetched = next.version
    isGood = false
    const read = await readSource(config, { limits, signal, egress, fetched: next })
    isGood = true
    return read
  }

  /** Takes over what `readAgain` gives; undefined stands for what there is already. */
  const reload = async (readAgain: () => Promise<ReadDocument | undefined>): Promise<void> => {
    try {
      const next = await readAgain()
      if (signal.aborted || current === undefined) return
      if (told !== undefined) log('info', `The document of "${config.id}" can be read again.`)
      told = undefined
      if (next === undefined) health.documentRead()
      else await takeOver(current, next)
    } catch (thrown) {
      if (signal.aborted) return
      const message = messageOf(thrown)
      const stale = new GatewayError('DOCUMENT_INVALID', `Its tools stay as they were before: ${message}`, {
        cause: thrown,
      })
      health.documentFailed('list', stale)
      if (told !== message) log('warn', `"${config.id}" keeps the tools of its last good document: ${message}`)
      told = message
    }
  }

  const takeOver = async (before: ReadDocument, next: ReadDocument): Promise<void> => {
    const diff = await diffDocuments(before.tools, next.tools)
    if (signal.aborted) return
    health.documentRead(describe(next))
    const former = new Map(diff.moved.map(({ from, to }) => [to, from]))
    // Names follow an operation that moved: the ledger knows it by the key it had.
    const tools = next.tools.map(tool => {
      const formerKey = former.get(tool.key)
      return formerKey === undefined ? tool : { ...tool, formerKey }
    })
    current = { ...next, tools }
    if (isEmptyDiff(diff)) return
    for (const { key } of next.tools) gone.delete(key)
    for (const key of diff.removed) remember(key, `was removed from its document at ${now().toISOString()}`)
    for (const { from, to } of diff.moved) remember(from, `is "${to}" now`)
    const lost = diff.removed.length * 2 > before.tools.length
    const warning = lost ? ` ${diff.removed.length} of ${before.tools.length} TOOLS ARE GONE: was that meant?` : ''
    log(lost ? 'warn' : 'info', `The document of "${config.id}" changed: ${describeDiff(diff)}.${warning}`)
    if (diff.changed.length + diff.added.length > 0) reportGaps(config.id, next, log)
    onChange()
  }
  const remember = (key: string, what: string): void => {
    if (gone.size >= maxGone) gone.delete(gone.keys().next().value ?? '')
    gone.set(key, what)
  }

  return {
    current: async waiting => {
      if (signal.aborted) throw new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" is closed.`)
      if (current !== undefined) return current
      loading ??= load()
      return untilAborted(loading, waiting, `"${config.id}"`)
    },
    explainGone: key => gone.get(key),
    close: () => {
      closing.abort()
      clearTimeout(timer)
      watch?.close()
    },
  }
}

/** One log line a load, however much is missing; the preview has the whole list. */
function reportGaps(id: string, { tools, skipped: all, warnings }: ReadDocument, log: KeepOptions['log']): void {
  const skipped = all.filter(isGap)
  if (skipped.length === 0 && warnings.length === 0) return
  log('warn', `"${id}" offers ${tools.length} tools; ${skipped.length} operations were skipped.`, {
    source: id,
    skipped: skipped.slice(0, 20),
    warnings: warnings.slice(0, 20),
  })
}

/** What the entry or the document leaves out on purpose is not missing. */
function isGap({ code }: SkippedOperation): boolean {
  return code !== 'FILTERED' && code !== 'HIDDEN'
}

function describe({ title, tools, skipped, warnings, servers }: ReadDocument): JsonObject {
  return {
    ...(title !== undefined && { title }),
    tools: tools.length,
    skipped: skipped.filter(isGap).length,
    ...(!skipped.every(isGap) && { filtered: skipped.filter(each => !isGap(each)).length }),
    warnings,
    ...(servers[0] !== undefined && { baseUrl: servers[0] }),
  }
}

function nameSource(id: string, thrown: unknown): GatewayError {
  const message = messageOf(thrown)
  const { code, data } = thrown instanceof GatewayError ? thrown : { code: 'INTERNAL' as const, data: undefined }
  return new GatewayError(code, message.startsWith(`"${id}"`) ? message : `"${id}": ${message}`, {
    cause: thrown,
    data,
  })
}
