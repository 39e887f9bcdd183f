import type { Access } from './policy.ts'

/** One entry of `keys`, parsed: `config` makes these, `auth` compares against them. */
export type KeyConfig = Readonly<{
  /** What logs and lists call the key; unique. */
  id: string
  /** The secret itself: at least 16 visible ASCII characters. Never printed. */
  key: string
  /** Groups already resolved to source ids. */
  access: Access
}>
