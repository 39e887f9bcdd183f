import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { JsonObject } from '../../../core/json.ts'
import { cleanText } from '../document/clean-text.ts'

/** Bounds of one check. */
export type LintOptions = Readonly<{ timeoutMs: number; maxMemoryMb: number; signal?: AbortSignal }>

const maxFindings = 50
const maxFindingLength = 200

/**
 * Checks a document against the specification that it names, with swagger-parser. What it finds are warnings: real
 * documents break the rules in ways that harm nobody, so loading never asks.
 *
 * The validator writes every schema out wherever it is referred to, which may have no end. So it is given a copy in a
 * thread of its own, which is stopped at the bounds; it reads no file and opens no connection.
 *
 * @returns a sentence for each finding, at most 50, in the order of the document; never throws
 */
export function lintDocument(document: JsonObject, options: LintOptions): Promise<string[]> {
  const { timeoutMs, maxMemoryMb, signal } = options
  // Beside this file, with its ending: `.ts` from source, `.js` in the package.
  const entry = new URL(`./lint-thread${extname(import.meta.url)}`, import.meta.url)
  return new Promise(resolve => {
    if (signal?.aborted) return resolve(['The check was cancelled.'])
    const worker = new Worker(entry, {
      workerData: document,
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
      // What the validator prints is not ours to say, and over stdio stdout belongs to MCP.
      stdout: true,
      stderr: true,
    })
    const end = (findings: readonly string[]): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      void worker.terminate()
      resolve(shortenFindings(findings))
    }
    const cancel = (): void => end(['The check was cancelled.'])
    const timer = setTimeout(() => end([`The check was stopped after ${timeoutMs} ms.`]), timeoutMs)
    signal?.addEventListener('abort', cancel, { once: true })
    worker.once('message', (findings: readonly string[]) => end(findings))
    worker.once('error', (cause: NodeJS.ErrnoException) =>
      end([
        cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? `The check was stopped: it needs more than ${maxMemoryMb} MB.`
          : `The check failed: ${cause.message}`,
      ]),
    )
  })
}

function shortenFindings(findings: readonly string[]): string[] {
  const texts = findings.map(each => cleanText(each.replace(/\s+/g, ' ').trim(), maxFindingLength))
  const distinct = [...new Set(texts)]
  if (distinct.length <= maxFindings) return distinct
  return [...distinct.slice(0, maxFindings - 1), `And ${distinct.length - maxFindings + 1} more.`]
}
