import type { JsonObject } from './json.ts'

/**
 * What outlives a restart: JSON values by key.
 *
 * The gateway works without one. So no call throws or waits for long: what fails is logged and counted by the store, and
 * the answer says that it failed.
 */
export interface Store {
  /** @returns the value, or `{ value: undefined }` where there is none; undefined when it could not be read */
  get(key: string): Promise<Readonly<{ value: unknown }> | undefined>
  /** @returns false when it was not kept */
  set(key: string, value: JsonObject): Promise<boolean>
  /** @returns false when it is perhaps still there */
  delete(key: string): Promise<boolean>
  /** How it is doing, for health: what it is, and how many calls have failed. Never waits. */
  health(): Readonly<{ kind: 'memory' | 'sqlite'; failures: number }>
  /** Safe to call twice. */
  close(): Promise<void>
}
