import type { AllowedHost } from '../core/allowed-host.ts'
import type { CallerServerRules } from '../core/caller-servers.ts'
import type { KeyConfig } from '../core/key-config.ts'
import type { Limits } from '../core/limits.ts'
import type { ModelConfig } from '../core/model.ts'
import type { SourceConfig } from '../core/source-config.ts'

/** A whole servers.json, parsed: variables filled in, aliases resolved, paths absolute, everything frozen. */
export type Config = Readonly<{
  /** The absolute path of the file. */
  file: string
  /** Its directory: relative paths in the file start here. */
  directory: string
  /** SHA-256 of the file's text in hex: tells two versions of the file apart. */
  digest: string
  /** In the order of the file; disabled entries left out. */
  sources: readonly SourceConfig[]
  /** Group name to source ids; disabled sources left out. */
  groups: Readonly<Record<string, readonly string[]>>
  models: readonly ModelConfig[]
  keys: readonly KeyConfig[]
  limits: Limits
  server: ServerSettings
  store: StoreSettings
  /** What tells two versions of an entry apart, by source id; see `entry-digest.ts`. */
  entryDigests: Readonly<Record<string, string>>
  /** Hosts off the public internet that any OpenAPI document may use; they stand in each such source too. */
  egress: Readonly<{ allowHosts: readonly AllowedHost[]; callerServers: CallerServerRules }>
  /** What was read but has no effect, each a sentence with file, line and column. Never a value. */
  warnings: readonly string[]
}>

/** The `server` block: where to listen and who may reach it by which name. */
export type ServerSettings = Readonly<{
  /** A host name or IP address to listen on. */
  host: string
  /** 0 lets the system choose. */
  port: number
  /** What clients call us when a proxy stands in front: http(s), without a slash at the end. */
  publicUrl?: string
  /** Names accepted in `Host` besides the loopback names and that of `publicUrl`; lower case, port optional. */
  allowedHosts: readonly string[]
  /** Origins accepted in `Origin` besides our own, such as `https://app.example.com`. */
  allowedOrigins: readonly string[]
  /** What seals cursors and states that clients keep for us: the first seals, all open. None: a key of this process. */
  stateKeys: readonly string[]
}>

/** The `store` block. */
export type StoreSettings = Readonly<{
  /** Absolute, or `:memory:`. Absent: a file of its own in the user's state folder. */
  path?: string
}>

/** What holds when `server` says nothing: loopback only. */
export const defaultServer: ServerSettings = {
  host: '127.0.0.1',
  port: 4000,
  allowedHosts: [],
  allowedOrigins: [],
  stateKeys: [],
}
