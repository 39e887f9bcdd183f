import type { JsonObject } from './json.ts'

/**
 * What outlives a restart: JSON values by key.
 *
 * The gateway works without one. So no call throws or waits for long: what fails is logged by the store, and the
 * answer says that it failed.
 */
export interface Store {
  /** @returns the value, or `{ value: undefined }` where there is none; undefined when it could not be read */
  get(key: string): Promise<Readonly<{ value: unknown }> | undefined>
  /** @returns false when it was not kept */
  set(key: string, value: JsonObject): Promise<boolean>
  /** Safe to call twice. */
  close(): Promise<void>
}
