import { GatewayError, messageOf } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import { isUrl } from '../../core/url.ts'
import type { FileWatch, WatchFile } from '../../core/watch-file.ts'
import type { DocumentCache } from './cache/document-cache.ts'
import { diffDocuments, isEmptyDiff } from './document-diff.ts'
import type { LogLine } from './document-news.ts'
import { describeRead, isLasting, nameSource, reportChange, reportGaps } from './document-news.ts'
import type { EgressOptions } from './egress/egress.ts'
import { documentHeaders } from './egress/trust.ts'
import { hideInErrors } from './hide-in-errors.ts'
import type { HealthKeeper } from './keep-health.ts'
import type { DocumentVersion } from './load/fetch-files.ts'
import type { FetchedDocument } from './load/load-document.ts'
import type { ReadDocument } from './read-document.ts'
import { readSource } from './read-source.ts'
import type { FilesWatch } from './watch-files.ts'
import { watchFiles } from './watch-files.ts'

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
  /** Where what was read of a large document is kept. */
  cache?: DocumentCache
}>

/** How many operations that are gone are remembered for those who still call them. */
const maxGone = 10_000

/**
 * Keeps the document of an entry.
 *
 * It is loaded by the first who needs it; a load that failed is tried again by the next. From then on a file is watched,
 * with those it refers to, and a URL asked again every `documentPollMs`. A version that cannot be read changes nothing:
 * the last good one stays, and one line in the log and the health say why.
 */
export function keepDocument(config: OpenApiConfig, options: KeepOptions): KeptDocument {
  const { limits, health, egress, log, onChange, now, watchFile, cache } = options
  const { document } = config
  const at = 'at' in document ? document.at : ''
  const isRemote = isUrl(at)
  const isFollowed = watchFile !== undefined && config.watch !== false && at !== ''
  const closing = new AbortController()
  const { signal } = closing
  const how = { limits, signal, egress, ...(cache && { cache }) }
  const fetching = { ...how, headers: documentHeaders(config) }
  const gone = new Map<string, string>()
  let current: ReadDocument | undefined
  let loading: Promise<ReadDocument> | undefined
  /** The first base URL of a document that is fetched: who can change it later must not get what is configured for it. */
  let home: string | undefined
  /** The version that was fetched last, and why it cannot be read. */
  let fetched: DocumentVersion | undefined
  let broken: unknown
  let told: string | undefined
  let watch: FileWatch | undefined
  let files: FilesWatch | undefined
  let timer: NodeJS.Timeout | undefined

  const tell = (line: LogLine | undefined): void => line && log(line.level, line.message, line.detail)
  const read = async (fetchedNow?: FetchedDocument): Promise<ReadDocument> => {
    const readAfter = Date.now()
    const next = await readSource(config, { ...how, ...(home && { home }), ...(fetchedNow && { fetched: fetchedNow }) })
    if (isRemote) home ??= next.servers[0]
    if (signal.aborted || !isFollowed || isRemote) return next
    files ??= next.files && watchFiles(watchFile, lookAgain)
    files?.follow(next.files ?? [], readAfter)
    return next
  }

  const load = async (): Promise<ReadDocument> => {
    if (isFollowed && !isRemote) watch ??= watchFile(at, { onChange: lookAgain })
    try {
      const first = isRemote
        ? await hideInErrors(config, async () => (await loader()).fetchDocument(at, fetching))
        : undefined
      const next = await read(first)
      tell(reportGaps(config.id, next))
      const cameBack = health.get().state === 'failed'
      fetched = first?.version
      health.documentRead(describeRead(next))
      current = next
      if (isRemote || isPartial(next)) askAgainLater()
      if (cameBack) onChange()
      return next
    } catch (thrown) {
      loading = undefined
      health.documentFailed('start', thrown)
      throw nameSource(config.id, thrown)
    }
  }

  const lookOnce = async (): Promise<void> => {
    isLookWaiting = false
    await loading?.catch(() => {})
    if (signal.aborted) return
    // Whoever lists it next loads it.
    if (current === undefined) return onChange()
    const failure = await reload(() => read())
    if (failure === undefined ? isPartial(current) : !isLasting(failure)) askAgainLater()
  }
  /** One look after the other, and one waits at most: a deployment changes many files at once. */
  let looking = Promise.resolve()
  let isLookWaiting = false
  const lookAgain = async (): Promise<undefined> => {
    if (isLookWaiting) return
    isLookWaiting = true
    looking = looking.then(lookOnce)
    await looking
  }
  const askAgainLater = (): void => {
    if (!isFollowed || signal.aborted) return
    clearTimeout(timer)
    // With jitter, so that many gateways do not ask at once.
    const ms = Math.min(limits.documentPollMs * (0.9 + Math.random() / 5), 2_147_483_647)
    const ask = isRemote ? () => void reload(fetchAndRead).then(askAgainLater) : () => void lookAgain()
    timer = setTimeout(ask, ms).unref()
  }
  const fetchAndRead = async (): Promise<ReadDocument | undefined> => {
    // Its other files may have changed, or be there again, while its own bytes are the same.
    const known = current?.files === undefined ? fetched : undefined
    const next = await hideInErrors(config, async () => (await loader()).fetchIfChanged(at, known, fetching))
    if (next.bytes === undefined) {
      fetched = next.version
      if (broken !== undefined) throw broken
      return undefined
    }
    try {
      const document = await read(next)
      broken = undefined
      fetched = next.version
      return document
    } catch (thrown) {
      if (isLasting(thrown)) {
        broken = thrown
        fetched = next.version
      }
      throw thrown
    }
  }

  /** Takes over what `readAgain` gives; undefined stands for what there is already. @returns what it failed with */
  const reload = async (readAgain: () => Promise<ReadDocument | undefined>): Promise<unknown> => {
    try {
      const next = await readAgain()
      if (signal.aborted || current === undefined) return
      if (told !== undefined) log('info', `The document of "${config.id}" can be read again.`)
      told = undefined
      if (next === undefined) health.documentRead()
      else await takeOver(current, next)
      return undefined
    } catch (thrown) {
      if (signal.aborted) return
      const message = messageOf(thrown)
      const stale = new GatewayError('DOCUMENT_INVALID', `Its tools stay as they were before: ${message}`, {
        cause: thrown,
      })
      health.documentFailed('list', stale)
      if (told !== message) log('warn', `"${config.id}" keeps the tools of its last good document: ${message}`)
      told = message
      return thrown
    }
  }

  const takeOver = async (before: ReadDocument, next: ReadDocument): Promise<void> => {
    const diff = await diffDocuments(before.tools, next.tools)
    if (signal.aborted) return
    health.documentRead(describeRead(next))
    const former = new Map(diff.moved.map(({ from, to }) => [to, from]))
    // Names follow an operation that moved: the ledger knows it by the key it had.
    const tools = next.tools.map(tool => {
      const formerKey = former.get(tool.key)
      return formerKey === undefined ? tool : { ...tool, formerKey }
    })
    current = { ...next, tools }
    tell(reportChange(config.id, { before, next }, diff, home))
    if (isEmptyDiff(diff)) return
    for (const { key } of next.tools) gone.delete(key)
    for (const key of diff.removed) remember(key, `was removed from its document at ${now().toISOString()}`)
    for (const { from, to } of diff.moved) remember(from, `is "${to}" now`)
    // What is gone may be there and have become one that is skipped, and then this says why.
    const isSkipped = diff.removed.length > 0 && next.skipped.length > before.skipped.length
    if (isSkipped || diff.changed.length + diff.added.length > 0) tell(reportGaps(config.id, next))
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
      files?.close()
    },
  }
}

/** Loaded by the first who fetches: a document on disk does without it. */
const loader = () => import('./load/load-document.ts')

/** Some of its operations are missing since a file could not be read, which may pass without a change. */
function isPartial({ skipped }: ReadDocument): boolean {
  return skipped.some(({ code }) => code === 'REF_UNREADABLE')
}
