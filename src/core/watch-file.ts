/**
 * Watches one file: `config` knows how, whoever keeps something from a file uses it.
 */
export type WatchFile = (file: string, options: WatchFileOptions) => FileWatch

/** When to tell, and whom. */
export type WatchFileOptions = Readonly<{
  /**
   * The bytes have changed, or the file came or went. Must not throw.
   *
   * @returns the digest of the version that is in use now, where the listener read the file itself
   */
  onChange: () => Promise<string | undefined>
  /** The SHA-256 of the bytes already in use, in hex, so that a change between reading and watching is seen. */
  digest?: string
  /** Quiet time after the last event: editors write in two steps. Default 300. */
  debounceMs?: number
  /** Between looks without an event: network drives and bind mounts give none. Default 5,000. */
  pollMs?: number
}>

/** A running watch. After `close` nobody is told anything. */
export type FileWatch = Readonly<{ close: () => void }>
