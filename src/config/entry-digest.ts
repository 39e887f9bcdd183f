import { createHash } from 'node:crypto'
import { isObject } from '../core/json.ts'
import { canonicalJson } from '../core/lock.ts'

/**
 * Tells two versions of an entry apart, as written: a change of it is a reason for other definitions.
 *
 * Variables are not filled in, so it is the same on every machine. What may be a secret takes no part, since the digest
 * is committed; nor does what has nothing to do with definitions.
 *
 * @param raw - the entry as it stands in the file
 * @returns 16 hex digits
 */
export function digestEntry(raw: unknown): string {
  const parts = isObject(raw) ? Object.entries(raw).filter(([key]) => !isLeftOut(key)) : []
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(parts)))
    .digest('hex')
    .slice(0, 16)
}

function isLeftOut(key: string): boolean {
  return (
    secret.test(key) ||
    ['lock', 'watch', 'description', 'groups', 'access_groups', 'timeout', 'timeoutMs'].includes(key)
  )
}

const secret = /^env|header|auth|secret|token|password|credential|security|cert|tls|key/i
