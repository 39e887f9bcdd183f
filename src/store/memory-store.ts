import type { Store } from '../core/store.ts'

/** A store that ends with the process. */
export function memoryStore(): Store {
  const values = new Map<string, string>()
  return {
    get: async key => {
      const text = values.get(key)
      return { value: text === undefined ? undefined : JSON.parse(text) }
    },
    set: async (key, value) => {
      values.set(key, JSON.stringify(value))
      return true
    },
    close: async () => {},
  }
}
