import type { PassingStore } from '../core/passing-store.ts'
import { makeRoom } from './make-room.ts'

/** Values that go by themselves and end with the process. */
export function passingMemory(now: () => number = Date.now): PassingStore {
  const values = new Map<string, Readonly<{ text: string; owner: string; bytes: number; until: number }>>()
  const sweep = (): void => {
    for (const [key, { until }] of values) if (until <= now()) values.delete(key)
  }
  return {
    async get(key) {
      const known = values.get(key)
      return { value: known === undefined || known.until <= now() ? undefined : JSON.parse(known.text) }
    },
    async set(key, value, { owner, keepMs, maxBytes }) {
      const text = JSON.stringify(value)
      const bytes = Buffer.byteLength(text)
      if (bytes > maxBytes) return false
      sweep()
      values.delete(key)
      values.set(key, { text, owner, bytes, until: now() + keepMs })
      const kept = [...values].map(([each, { owner, bytes }]) => ({ key: each, owner, bytes }))
      for (const each of makeRoom(kept, maxBytes)) values.delete(each)
      return true
    },
    remove: async key => values.delete(key),
  }
}
