import module from 'node:module'
import { dirname, extname } from 'node:path'
import { Worker } from 'node:worker_threads'

/** A larger document is read in a thread of its own: parsing it would hold up every other request. */
export const maxInlineBytes = 1_048_576

/** What a thread is started with. `ahead`: the path of the document that it will probably be asked to read. */
export type ThreadStart = Readonly<{ ahead?: string }>

type Prepared = Readonly<{ worker: Worker; maxMemoryMb: number }>

/** A thread that waits for its task. */
let prepared: Prepared | undefined

/** Longer than any start takes; what is not needed by then is given back. */
const preparedMs = 10_000

/**
 * Starts a thread ahead of the document that it will read, and has it begin: both take as long as the rest of the program
 * takes to come up. The next document that is large takes it.
 *
 * @param path - of the document, a guess
 */
export function prepareThread(path: string, maxMemoryMb: number): void {
  if (prepared !== undefined) return
  const worker = startThread(maxMemoryMb, { ahead: path })
  worker.unref()
  const mine = { worker, maxMemoryMb }
  prepared = mine
  const forget = (): void => {
    if (prepared === mine) prepared = undefined
  }
  // One that cannot come up harms nobody: the document that would have taken it starts its own.
  worker.once('error', forget).once('exit', forget)
  setTimeout(() => {
    if (prepared === mine) void worker.terminate()
    forget()
  }, preparedMs).unref()
}

/** The thread that was prepared, if it has as much memory as is wanted; else a new one. */
export function takeThread(maxMemoryMb: number): Worker {
  if (prepared?.maxMemoryMb !== maxMemoryMb) return startThread(maxMemoryMb, {})
  const { worker } = prepared
  prepared = undefined
  worker.ref()
  return worker
}

function startThread(maxOldGenerationSizeMb: number, workerData: ThreadStart): Worker {
  // Beside this file, with its ending: `.ts` from source, `.js` in the package.
  const entry = new URL(`./read-thread${extname(import.meta.url)}`, import.meta.url)
  return new Worker(entry, {
    workerData,
    env: surroundings(),
    // V8 keeps the pages of a young generation for 8 seconds after its thread has ended, so it is given few of them.
    resourceLimits: { maxOldGenerationSizeMb, maxYoungGenerationSizeMb: 8 },
  })
}

/** A thread takes over the cache of compiled code only by its environment: Node's API enables it for one thread. */
function surroundings(): NodeJS.ProcessEnv {
  const folder = module.getCompileCacheDir()
  return folder === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) }
}
