import { GatewayError } from '../../core/errors.ts'
import { isRedirect } from '../../core/redirect.ts'
import { hideSecrets } from '../../core/secrets.ts'
import type { RemoteConfig } from '../../core/source-config.ts'
import { secretsOf } from './entry-secrets.ts'

/** The status of an HTTP answer that was no JSON-RPC message, for the fallback from one transport to the next. */
export class HttpStatusError extends GatewayError {
  readonly status: number
  /** The server does not know our session any more, so it has not run the request. */
  readonly sessionLost: boolean

  constructor(config: RemoteConfig, status: number, text: string, sessionLost = false) {
    const said = hideSecrets(text, secretsOf(config)).slice(0, 200)
    const code = status === 401 || status === 403 ? 'SOURCE_UNAUTHORIZED' : 'SOURCE_UNAVAILABLE'
    const remedy = remedyOf(status, sessionLost)
    super(code, `"${config.id}" answered HTTP ${status}.${remedy}${said === '' ? '' : ` It says: ${said}`}`)
    this.status = status
    this.sessionLost = sessionLost
  }
}

/** Tells of an error that an HTTP server gave it as its answer to this request, so the server is there. */
export function isRefusal(error: unknown): boolean {
  return error instanceof HttpStatusError && error.status < 500
}

function remedyOf(status: number, sessionLost: boolean): string {
  if (status === 401 || status === 403) return ' Give it credentials under "headers".'
  if (isRedirect(status)) return ' Redirects are not followed: write where it leads as "url".'
  const isElsewhere = (status === 404 || status === 405) && !sessionLost
  return isElsewhere ? ' Is its "url" that of an MCP endpoint?' : ''
}
