import { GatewayError } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import type { ToolSource } from '../../core/tool-source.ts'
import type { WatchFile } from '../../core/watch-file.ts'
import type { DocumentCache } from './cache/document-cache.ts'
import { egressOf } from './egress/rules.ts'
import { keepDocument } from './keep-document.ts'
import { keepHealth } from './keep-health.ts'
import type { Calls } from './open-calls.ts'
import type { OperationCall, ReadDocument } from './read-document.ts'

/** What the source needs from the world. */
export type OpenApiSourceOptions = Readonly<{
  limits: Limits
  log?: (level: 'info' | 'warn', message: string, detail?: object) => void
  now?: () => Date
  /** Ids of every source of the gateway: callers address headers by them. */
  sourceIds?: () => readonly string[]
  /** How a document on disk is watched. Without it no document is looked at again. */
  watchFile?: WatchFile
  /** Where what was read of large documents is kept. Without it they are read anew by every process. */
  cache?: DocumentCache
}>

/**
 * Offers the operations of an HTTP API that an OpenAPI document describes.
 *
 * The document is loaded by the first list or call and then followed; see {@link keepDocument}. `onChange` tells when it
 * offers other tools, and when it loads after having failed.
 */
export function openApiSource(config: OpenApiConfig, options: OpenApiSourceOptions): ToolSource {
  const { limits, log = () => {}, now = () => new Date(), sourceIds = () => [], watchFile, cache } = options
  const egress = egressOf(config)
  const listeners = new Set<() => void>()
  const health = keepHealth(now)
  const kept = keepDocument(config, {
    limits,
    health,
    egress,
    log,
    now,
    onChange: () => {
      for (const listener of listeners) listener()
    },
    ...(watchFile && { watchFile }),
    ...(cache && { cache }),
  })
  let calls: Calls | undefined
  /** Loaded at the first call: it brings a JSON Schema compiler and an HTTP client, which no list needs. */
  const open = async (): Promise<Calls> => {
    const { openCalls } = await import('./open-calls.ts')
    calls ??= openCalls(config, { limits, egress, health, now, sourceIds })
    if (health.get().state === 'closed') await calls.close()
    return calls
  }

  return {
    id: config.id,
    kind: 'openapi',
    list: async ({ signal }) => (await kept.current(signal)).tools,
    call: async (key, args, context) => {
      const read = await kept.current(context.signal)
      const operation = findCall(config.id, read, key, kept.explainGone(key))
      return (calls ?? (await open())).call(operation, args, context, read)
    },
    health: health.get,
    onChange: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      health.close()
      kept.close()
      listeners.clear()
      await calls?.close()
    },
  }
}

function findCall(id: string, read: ReadDocument, key: string, fate: string | undefined): OperationCall {
  const call = read.calls.get(key)
  if (call !== undefined) return call
  const what = fate === undefined ? `"${id}" has no operation "${key}".` : `The operation "${key}" of "${id}" ${fate}.`
  throw new GatewayError('TOOL_NOT_FOUND', `${what} Call tools/list for the current tools.`)
}
