import type { JsonObject } from './json.ts'

/**
 * Values that go by themselves: each has its time, and all of them together their room.
 *
 * Like a {@link Store} it works as well as it can: no call throws or waits for long, and the answer says what failed.
 */
export interface PassingStore {
  /** @returns the value, or `{ value: undefined }` where there is none any more; undefined when it could not be read */
  get(key: string): Promise<Readonly<{ value: unknown }> | undefined>
  /** @returns false when it was not kept, also because it is larger than all the room */
  set(key: string, value: JsonObject, passing: Passing): Promise<boolean>
  /** Removes it for good. @returns whether it was there; undefined when nobody can tell */
  remove(key: string): Promise<boolean | undefined>
}

/** How a value passes. */
export type Passing = Readonly<{
  /** Whose it is: who takes the most room gives up the oldest of theirs first. */
  owner: string
  keepMs: number
  /** The room of all values together, in bytes of JSON. */
  maxBytes: number
}>
