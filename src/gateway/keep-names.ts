import type { Catalog } from '../core/catalog.ts'
import type { SourceLedger } from '../core/ledger.ts'
import { fromLedgerJson, maxGoneSources, mergeLedgers, toLedgerJson } from '../core/ledger.ts'
import type { Store } from '../core/store.ts'

/** What is followed: a gateway, or what keeps its catalog. */
export type CatalogKeeper = Readonly<{ catalog: () => Catalog; onChange: (listener: () => void) => () => void }>

/** The names of earlier runs, and how this one's are kept. */
export type KeptNames = Readonly<{
  /** Reads what is stored of these sources. Do this before they are offered; never throws. */
  load: (sourceIds: readonly string[]) => Promise<void>
  /** What {@link KeptNames.load} found. */
  ledgerOf: (sourceId: string) => SourceLedger | undefined
  /** Writes the names of each new catalog, a little later. */
  follow: (keeper: CatalogKeeper) => void
  /** Writes what waits, and follows no more. */
  close: () => Promise<void>
}>

/** A start lists one source after the other; their names are written together. */
const writeDelayMs = 1_000

/** Keeps the names of tools in a store, so that a restart renames nothing. */
export function keepNames(store: Store): KeptNames {
  const found = new Map<string, SourceLedger | undefined>()
  /** What is stored of each source as far as we know, as text. */
  const written = new Map<string, string>()
  let keeper: CatalogKeeper | undefined
  let unfollow = (): void => {}
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const load = async (id: string): Promise<void> => {
    const answer = await store.get(keyOf(id))
    // What could not be read must not be written over.
    if (answer === undefined) return
    found.set(id, fromLedgerJson(answer.value))
    written.set(id, JSON.stringify(answer.value))
  }
  const forgetGone = (used: ReadonlySet<string>): void => {
    const gone = [...found.keys()].filter(id => !used.has(id))
    for (const id of gone.slice(0, -maxGoneSources)) {
      found.delete(id)
      written.delete(id)
    }
  }
  const write = async (id: string, ledger: SourceLedger): Promise<void> => {
    if (!found.has(id) || isWritten(id, ledger)) return
    const others = fromLedgerJson((await store.get(keyOf(id)))?.value)
    const json = toLedgerJson(others === undefined ? ledger : mergeLedgers(ledger, others))
    if (await store.set(keyOf(id), json)) written.set(id, JSON.stringify(toLedgerJson(ledger)))
  }
  const isWritten = (id: string, ledger: SourceLedger): boolean =>
    ledger.prefixed.size + ledger.own.size === 0 || written.get(id) === JSON.stringify(toLedgerJson(ledger))
  const writeAll = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const { ledgers = new Map<string, SourceLedger>(), sourceIds = [] } = keeper?.catalog() ?? {}
    writing = writing.then(async () => {
      for (const id of sourceIds) {
        const ledger = ledgers.get(id)
        if (ledger !== undefined) await write(id, ledger)
      }
    })
    return writing
  }

  return {
    load: async ids => {
      const offered = new Set(keeper?.catalog().sourceIds)
      // What comes back may have got other names since they were read.
      await Promise.all(ids.filter(id => !found.has(id) || !offered.has(id)).map(load))
      forgetGone(new Set([...ids, ...offered]))
    },
    ledgerOf: id => found.get(id),
    follow: given => {
      keeper = given
      unfollow = given.onChange(() => {
        timer ??= setTimeout(() => void writeAll(), writeDelayMs).unref()
      })
    },
    close: () => {
      unfollow()
      return timer === undefined ? writing : writeAll()
    },
  }
}

function keyOf(sourceId: string): string {
  return `names:${sourceId}`
}
