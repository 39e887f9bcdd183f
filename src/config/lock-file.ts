import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import { isName, isPrefix } from '../core/ledger.ts'
import type { Lock, LockedSource, LockedTool } from '../core/lock.ts'

/** Where the lock of a configuration stands: beside it, to be committed with it. */
export function lockPath(directory: string): string {
  return join(directory, 'patchbay.lock.json')
}

/**
 * Reads the lock.
 *
 * @returns undefined when there is none
 * @throws GatewayError `CONFIG_INVALID` when there is one that cannot be understood
 */
export async function readLock(path: string): Promise<Lock | undefined> {
  try {
    return parseLock(await readFile(path, 'utf8'), path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (cause instanceof GatewayError) throw cause
    throw invalid(path, `cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unreadable'})`, cause)
  }
}

/** Writes the lock: the whole file or nothing of it. */
export async function writeLock(path: string, lock: Lock): Promise<void> {
  const next = `${path}.${process.pid}.tmp`
  await writeFile(next, formatLock(lock))
  await rename(next, path)
}

/** One line for each tool, everything sorted: what a reviewer sees of a change is the change. */
export function formatLock(lock: Lock): string {
  const sources = sorted(lock).map(([id, { entry, prefix, tools }]) => {
    const lines = sorted(tools).map(([key, { name, ownName, hash }]) => {
      const own = ownName === undefined ? '' : `, "ownName": ${JSON.stringify(ownName)}`
      return `        ${JSON.stringify(key)}: { "name": ${JSON.stringify(name)}${own}, "hash": ${JSON.stringify(hash)} }`
    })
    const body = lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n      }`
    return `    ${JSON.stringify(id)}: {
      "entry": ${JSON.stringify(entry)},
      "prefix": ${JSON.stringify(prefix)},
      "tools": ${body}
    }`
  })
  const body = sources.length === 0 ? '{}' : `{\n${sources.join(',\n')}\n  }`
  return `{\n  "version": 1,\n  "sources": ${body}\n}\n`
}

/** Reads the text of a lock. @throws GatewayError `CONFIG_INVALID`: half a lock would let through what it forbids */
export function parseLock(text: string, path: string): Lock {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalid(path, 'is not valid JSON; perhaps a merge left its marks', cause)
  }
  if (!isObject(value) || value.version !== 1 || !isObject(value.sources)) {
    throw invalid(path, 'is not a lock of version 1')
  }
  return new Map(Object.entries(value.sources).map(([id, source]) => [id, toSource(source, id, path)]))
}

function toSource(value: unknown, id: string, path: string): LockedSource {
  if (!isObject(value) || typeof value.entry !== 'string' || !isPrefix(value.prefix) || !isObject(value.tools)) {
    throw invalid(path, `has a source ${JSON.stringify(id.slice(0, 100))} without "entry", "prefix" or "tools"`)
  }
  const tools = Object.entries(value.tools).map(([key, tool]): [string, LockedTool] => {
    if (!isObject(tool) || typeof tool.name !== 'string' || typeof tool.hash !== 'string') {
      throw invalid(path, `has a tool ${JSON.stringify(key.slice(0, 100))} without "name" or "hash"`)
    }
    const { name, ownName, hash } = tool
    // A lock is merged by hand, and what it says is what clients are told.
    if (!isName(name) || (ownName !== undefined && !isName(ownName))) {
      throw invalid(path, `has a tool ${JSON.stringify(key.slice(0, 100))} under a name that no tool may have`)
    }
    return [key, { name, hash, ...(ownName !== undefined && { ownName }) }]
  })
  return { entry: value.entry, prefix: value.prefix, tools: new Map(tools) }
}

/** By code unit, not by locale: the same on every machine. */
function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

function invalid(path: string, what: string, cause?: unknown): GatewayError {
  const remedy = 'Mend it, or write it anew with: patchbay lock --accept.'
  return new GatewayError('CONFIG_INVALID', `${path} ${what}. ${remedy}`, { cause })
}
