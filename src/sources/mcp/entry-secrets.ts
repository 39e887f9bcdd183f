import { secretsInFilled, secretsInUrl, spellings } from '../../core/secrets.ts'
import type { RemoteConfig, StdioConfig } from '../../core/source-config.ts'

/**
 * What an entry sends a server that may be a credential, in each way it may be written: its headers or environment, what
 * variables filled in, and parts of its URL or of those among its arguments. An upstream that prints what it was given
 * does not put that into our errors and logs.
 */
export function secretsOf(config: RemoteConfig | StdioConfig): readonly string[] {
  const given = Object.values(config.kind === 'remote' ? config.headers : config.env)
  const urls = config.kind === 'remote' ? [config.url] : config.args
  const segments = config.kind === 'remote' ? new URL(config.url).pathname.split('/') : []
  const long = segments.filter(segment => segment.length >= minSegmentLength)
  return spellings([...given, ...long, ...urls.flatMap(secretsInUrl), ...secretsInFilled(config.filled ?? [], urls)])
}

/** Many servers want a key in their path: a word there is rarely as long, a key never shorter. */
const minSegmentLength = 16
