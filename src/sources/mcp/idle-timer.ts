/** Watches whether something is in use. */
export type IdleTimer = Readonly<{
  begin(): void
  /** As many as `begin()`. */
  end(): void
  /** Begins the time anew, where nothing uses it. */
  again(): void
  /** It is never called idle again. */
  stop(): void
}>

/** Calls `onIdle` each time that something has gone without a use for `idleMs`. Keeps no process alive. */
export function idleTimer(idleMs: number, onIdle: () => void): IdleTimer {
  let uses = 0
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    if (uses === 0 && !stopped) timer = setTimeout(onIdle, idleMs).unref()
  }
  return {
    begin() {
      uses += 1
      clearTimeout(timer)
    },
    end() {
      uses -= 1
      wait()
    },
    again() {
      clearTimeout(timer)
      wait()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
