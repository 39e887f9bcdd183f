import { matchesAny } from '../../../core/policy.ts'

/**
 * Tells whether a path template matches a pattern: `*` stands for any run of characters inside one segment, `**` as a
 * segment for any number of segments, none included. So `/repos/**` matches `/repos` and all below it. Case counts.
 *
 * The work is bounded by the product of both lengths: no pattern can hang the process.
 */
export function matchesPath(pattern: string, path: string): boolean {
  const segments = path.split('/')
  /** At each place: the pattern so far can match that many segments. */
  let reached = [true, ...segments.map(() => false)]
  for (const part of pattern.split('/')) {
    if (part === '**') {
      const first = reached.indexOf(true)
      reached = reached.map((_, at) => first >= 0 && at >= first)
    } else {
      const before = reached
      reached = before.map((_, at) => at > 0 && before[at - 1] === true && matchesAny([part], [segments[at - 1] ?? '']))
    }
  }
  return reached.at(-1) === true
}
