import type { Keyring } from './auth/keys.ts'
import { createKeyring } from './auth/keys.ts'
import { assertMayListen } from './auth/may-listen.ts'
import type { Config } from './config/config.ts'
import { diffSources } from './config/diff-config.ts'
import { loadConfig } from './config/load-config.ts'
import { watchConfig } from './config/watch-config.ts'
import type { Caller } from './core/caller.ts'
import { messageOf } from './core/errors.ts'
import type { Limits } from './core/limits.ts'
import { makeSlots } from './core/make-slots.ts'
import type { SourceConfig } from './core/source-config.ts'
import type { EgressRules } from './egress/gate.ts'
import { keepCallerServers } from './gateway/caller-servers.ts'
import type { Gateway, Scope } from './gateway/gateway.ts'
import { createGateway } from './gateway/gateway.ts'
import type { MadeSource } from './make-source.ts'
import { makeCallerSource, makeSource } from './make-source.ts'
import type { Log, LogLevel } from './observe/log.ts'
import { createLog } from './observe/log.ts'
import { openTallies } from './observe/tallies.ts'
import { openDocuments } from './open-documents.ts'
import { previewParts } from './preview-parts.ts'
import { keepProviders } from './providers/keep-providers.ts'
import { pricesOf } from './providers/prices.ts'
import { readMetrics } from './read-metrics.ts'
import { openMemory } from './remember.ts'
import { retireSources } from './retire-sources.ts'
import type { HttpFace } from './serve/http-face.ts'
import { version } from './version.ts'

/** What a Patchbay is built from. */
export type PatchbayOptions = Readonly<{
  /** The path of servers.json. */
  config: string
  env?: Readonly<Record<string, string | undefined>>
  logLevel?: LogLevel
  /** Follow changes of the file, its lock and its documents. Default true. */
  watch?: boolean
  /** Wait for the first list of each source as long as its limits allow: for who lists or calls once. Default false. */
  patient?: boolean
  /** Leave the store as it is: for commands that only look. Default false. */
  readOnly?: boolean
}>

/** A running Patchbay: sources connected, catalog kept, nothing served yet. */
export type Patchbay = Readonly<{
  gateway: Gateway
  config(): Config
  log: Log
  /** Serves HTTP. @returns the base URL @throws GatewayError `PORT_IN_USE`, or `CONFIG_INVALID` without a key off loopback */
  listen(options?: { host?: string; port?: number }): Promise<string>
  /** Serves one MCP client over stdin and stdout until it leaves. `only` is a source or group. */
  serveStdio(only?: string): Promise<void>
  /** Lets running calls finish within `limits.shutdownMs`, then ends connections and children. Safe to call twice. */
  close(): Promise<void>
}>

const identity = {
  info: { name: 'patchbay', title: 'Patchbay', version },
  instructions: 'Tools of several servers in one place. A name reads <server>__<tool>.',
}

/**
 * Builds the house: reads the configuration, makes every source, and joins them to the gateway.
 *
 * Sources connect on their own; this resolves at once, whether they are there or not.
 *
 * @throws GatewayError `CONFIG_INVALID`
 */
export async function startPatchbay(options: PatchbayOptions): Promise<Patchbay> {
  const log = createLog(options.logLevel ?? 'info')
  const load = (file: string): Promise<Config> =>
    loadConfig(file, options.env === undefined ? {} : { env: options.env })
  let config = await load(options.config)
  const { env = process.env, watch = true, readOnly = false } = options
  const memory = await openMemory(config, { env, log: log.write, readOnly, watch })
  for (const warning of config.warnings) log.write('warn', warning)
  const documents = openDocuments(config, { env, readOnly, log: log.write })

  const sources = new Map<string, MadeSource>()
  const { limits } = config
  const firstListWaitMs = options.patient ? limits.startTimeoutMs + limits.listTimeoutMs : limits.firstListWaitMs
  const gateway = createGateway({ ...limits, firstListWaitMs }, log.write)
  const retired = retireSources(limits.shutdownMs)
  const { take: starts } = makeSlots(limits.maxConcurrentStarts)
  const providers = keepProviders()
  const tallies = openTallies()
  let face: HttpFace | undefined
  let listeningOn: string | undefined
  let keyring: Keyring = createKeyring(config.keys)
  const make = (source: SourceConfig, egress?: EgressRules): MadeSource =>
    makeSource(source, {
      ...(egress && { egress }),
      config: () => config,
      limits,
      starts,
      clientInfo: identity.info,
      log: log.write,
      meter: tallies,
      watch,
      documents,
      prefixOf: id => gateway.catalog().ledgers.get(id)?.prefix,
    })

  const callerServers = keepCallerServers({
    rules: () => config.egress.callerServers,
    make: (server, allowHosts) =>
      makeCallerSource(server, allowHosts, { limits, clientInfo: identity.info, log: log.write, meter: tallies }),
    limits,
  })

  const applySources = (next: Config): void => {
    gateway.replace(
      next.sources.map(({ id, allowedTools, disallowedTools }) => ({
        source: (sources.get(id) as MadeSource).source,
        ...memory.rulesOf(next, id),
        ...(allowedTools && { allowedTools }),
        ...(disallowedTools && { disallowedTools }),
      })),
      next.groups,
    )
  }
  /**
   * Takes over a new configuration, or throws and changes nothing: connections of unchanged sources stay, the others are made
   * anew or closed.
   */
  const reload = (next: Config): void => {
    if (listeningOn !== undefined) assertMayListen(listeningOn, next.keys)
    const { added, removed, changed, unchanged } = diffSources(config.sources, next.sources)
    const before = config
    config = next
    const leaving = [...removed, ...changed].flatMap(({ id }) => sources.get(id) ?? [])
    for (const { id } of removed) sources.delete(id)
    for (const source of [...added, ...changed]) sources.set(source.id, make(source))
    keyring = createKeyring(next.keys)
    providers.keep(next.models)
    applySources(next)
    face?.recheck(keyring.knows)
    for (const source of leaving) retired.retire(source)
    const counts = {
      added: added.length,
      removed: removed.length,
      changed: changed.length,
      unchanged: unchanged.length,
    }
    log.write('info', `${next.file} was read again.`, counts)
    for (const warning of next.warnings) log.write('warn', warning)
    for (const block of ['limits', 'server', 'store'] as const) {
      if (JSON.stringify(before[block]) !== JSON.stringify(next[block]))
        log.write('warn', `A change of "${block}" takes effect at the next start.`)
    }
  }

  for (const source of config.sources) sources.set(source.id, make(source))
  await memory.prepare(config)
  applySources(config)
  memory.follow(
    gateway,
    () => config,
    () => applySources(config),
  )
  const watching =
    options.watch === false
      ? undefined
      : watchConfig(config.file, {
          load: async file => {
            const next = await load(file)
            await memory.prepare(next)
            return next
          },
          digest: config.digest,
          onChange: reload,
          onError: error =>
            log.write(
              'error',
              `The configuration was not taken over; everything runs on as before. ${messageOf(error)}`,
            ),
        })

  let closing: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    watching?.close()
    await face?.close()
    await memory.close()
    gateway.close()
    await Promise.all([
      providers.keep([]),
      callerServers.close(),
      retired.close(),
      ...[...sources.values()].map(({ source }) => source.close()),
    ])
    await documents?.close()
    log.flush()
  }

  return {
    gateway,
    log,
    config: () => config,
    async listen({ host = config.server.host, port = config.server.port } = {}) {
      assertMayListen(host, config.keys)
      listeningOn = host
      // The sources are at work by now; the doors are loaded meanwhile.
      const { createDoors } = await import('./serve/doors.ts')
      const { stateKeys, ...guard } = config.server
      face = createDoors({
        gateway,
        callerServers,
        identity,
        limits,
        guard: { ...guard, host },
        stateKeys,
        passing: memory.passing,
        identify: headers => keyring.identify(headers),
        models: () => config.models,
        providerOf: providers.of,
        pricesOf,
        meter: tallies,
        spending: tallies,
        metrics: readMetrics(tallies, gateway),
        ...previewParts({ sources, make, limits, config: () => config }),
        log,
      })
      return face.listen(port)
    },
    serveStdio: only => serveOverStdio(gateway, limits, log, config.server.stateKeys, only),
    close: () => (closing ??= stop()),
  }
}

/** The client that started us over stdio is this machine's user, so it sees everything. */
async function serveOverStdio(
  gateway: Gateway,
  limits: Limits,
  log: Log,
  stateKeys: readonly string[],
  only?: string,
): Promise<void> {
  const [{ serveStdio }, { createMcpMethods }] = await Promise.all([
    import('./serve/mcp/mcp-stdio.ts'),
    import('./serve/mcp/mcp-methods.ts'),
  ])
  const caller: Caller = { id: 'stdio', access: {} }
  const scope: Scope = { caller, endpoint: only === undefined ? { kind: 'all' } : gateway.endpoint(only, caller) }
  const onError = (error: unknown): void =>
    log.write('error', messageOf(error), { stack: error instanceof Error ? error.stack : undefined })
  const methods = createMcpMethods(gateway, identity, limits, stateKeys)
  await serveStdio({ gateway, methods, limits, scope, input: process.stdin, output: process.stdout, onError })
}
