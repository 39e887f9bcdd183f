import type { Access } from './policy.ts'

/** Who asks: made by `auth` from the request's credentials, read by everyone else. */
export type Caller = Readonly<{
  /** The id of the key, or `local` where no key is configured. Never the key itself. */
  id: string
  access: Access
}>

/** Everyone, where no key is configured: the gateway then serves loopback only. */
export const localCaller: Caller = { id: 'local', access: {} }
