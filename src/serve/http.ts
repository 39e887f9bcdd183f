import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Caller } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import { answerPage } from './cors.ts'
import { cutStalled } from './cut-stalled.ts'
import { toHttpStatus, toRestError } from './errors.ts'
import type { Door, Exchange } from './exchange.ts'
import { dropRest, sendJson } from './exchange.ts'
import type { GuardOptions } from './guard.ts'
import { createGuard, listedOrigins } from './guard.ts'

// Not imported: an import looks at every export of the module, some of which load an HTTP client, a tenth of a start.
const { createServer } = process.getBuiltinModule('node:http')

/**
 * A path pattern and the door behind it. `open` doors need no key: health checks. `name` is what is counted, one of a few
 * words.
 */
export type Route = Readonly<{ method?: string; path: RegExp; name: string; door: Door; open?: boolean }>

/** How errors are written at some paths, for clients who read another shape than that of the REST doors. */
export type ErrorShape = Readonly<{
  path: RegExp
  toBody: (thrown: unknown, headers: IncomingHttpHeaders) => JsonObject
}>

/** What the front door needs. */
export type FrontDoorOptions = Readonly<{
  /** Tried in order; the first whose path and method match answers. */
  routes: readonly Route[]
  /** Of what the front door itself refuses: the first whose path matches. */
  errorShapes?: readonly ErrorShape[]
  limits: Limits
  guard: GuardOptions
  /** @throws GatewayError for credentials that contradict each other; undefined for none or wrong ones */
  identify: (headers: IncomingHttpHeaders) => Caller | undefined
  /** One line per exchange, once it has ended; `error` is what was thrown in it, `door` the name of its route, if any. */
  onDone: (done: Done, error: unknown, door: string) => void
}>

/** What is told of one exchange. `ms` has one decimal; what its door has noted stands beside it. */
export type Done = Readonly<{ method: string; path: string; status: number; ms: number; caller?: string }> & Noted

type Noted = Readonly<Record<string, string | number | undefined>>

/** The HTTP server in front of every door. */
export type FrontDoor = Readonly<{
  /** @returns the URL that is listened on @throws GatewayError `PORT_IN_USE` */
  listen(port: number, host: string): Promise<string>
  /** Takes no new connections; resolves when the running exchanges have ended, or after `limitMs`, which cuts them. */
  close(limitMs: number): Promise<void>
}>

/** Checks Host, Origin and key, finds the door, and answers for it when it throws. */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const { limits } = options
  const guard = createGuard(options.guard)
  const isListed = listedOrigins(options.guard)
  const check: Check = (request, response) => {
    guard(request.headers)
    return request.headers.origin !== undefined && answerPage(request, response, isListed)
  }
  const server: Server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 65_000,
    // Two Hosts or two keys are one that nobody has, instead of the first of the two.
    joinDuplicateHeaders: true,
  })
  const stalled = cutStalled(server, limits.sendTimeoutMs)
  server.on('request', (request, response) => {
    void answer(request, response, options, check, () => {
      // While it stops, a connection goes as soon as it has its answer; a client would keep it for its next request.
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    if (socket.writable && error.code !== 'ECONNRESET') socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`)
    else socket.destroy()
  })

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', (cause: NodeJS.ErrnoException) => reject(explainListen(cause, host, port)))
        server.listen(port, host, () => {
          const { port: chosen } = server.address() as AddressInfo
          resolve(`http://${host.includes(':') ? `[${host}]` : host}:${chosen}`)
        })
      }),
    close: limitMs =>
      new Promise(resolve => {
        const cut = setTimeout(() => server.closeAllConnections(), limitMs)
        server.close(() => {
          clearTimeout(cut)
          stalled.stop()
          resolve()
        })
        server.closeIdleConnections()
        stalled.cutSilent()
      }),
  }
}

/** Whether a request is answered already. @throws GatewayError `FORBIDDEN` */
type Check = (request: IncomingMessage, response: ServerResponse) => boolean

/** `onClosed` is told once the answer has gone out or its connection has gone. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: FrontDoorOptions,
  check: Check,
  onClosed: () => void,
): Promise<void> {
  const started = performance.now()
  const method = request.method ?? 'GET'
  const { path, search } = parseTarget(request.url ?? '/')
  let caller: Caller | undefined
  let error: unknown
  let route: Route | undefined
  let noted: Noted | undefined
  response.on('close', () => {
    const { statusCode: status } = response
    const ms = Math.round((performance.now() - started) * 10) / 10
    const done = caller === undefined ? { method, path, status, ms } : { method, path, status, ms, caller: caller.id }
    options.onDone(noted === undefined ? done : { ...done, ...noted }, error, route?.name ?? 'none')
    onClosed()
  })
  try {
    if (check(request, response)) return
    // HEAD is GET without the body, which Node leaves out by itself (RFC 9110, 9.3.2).
    const asked = method === 'HEAD' ? 'GET' : method
    route = options.routes.find(each => (each.method ?? asked) === asked && each.path.test(path))
    caller = options.identify(request.headers)
    if (caller === undefined && route?.open !== true) throw unauthorized()
    if (route === undefined) throw notFound(method, path, options.routes)
    const note: Exchange['note'] = fields => {
      noted = { ...noted, ...fields }
    }
    await route.door(new OpenExchange(request, response, path, search, caller ?? nobody, options.limits, note))
  } catch (thrown) {
    error = thrown
    const shape = options.errorShapes?.find(each => each.path.test(path))
    refuse(request, response, thrown, shape?.toBody ?? toRestError)
  }
}

const nobody: Caller = { id: 'nobody', access: { sources: [] } }

/** The query and the signal are made for the doors that look at them; a call of a tool needs neither. */
class OpenExchange implements Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly caller: Caller
  readonly limits: Limits
  readonly note: Exchange['note']
  readonly #search: string
  #query: URLSearchParams | undefined
  #gone: AbortController | undefined

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    search: string,
    caller: Caller,
    limits: Limits,
    note: Exchange['note'],
  ) {
    this.request = request
    this.response = response
    this.path = path
    this.caller = caller
    this.limits = limits
    this.note = note
    this.#search = search
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search)
    return this.#query
  }

  get gone(): AbortSignal {
    if (this.#gone !== undefined) return this.#gone.signal
    const { response } = this
    const leaving = new AbortController()
    this.#gone = leaving
    if (response.closed && !response.writableFinished) leaving.abort()
    else response.on('close', () => response.writableFinished || leaving.abort())
    return leaving.signal
  }

  abort(): void {
    this.#gone?.abort()
  }
}

/** Answers with the error, or cuts the connection where an answer has begun. Unread bytes are not waited for. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  toBody: ErrorShape['toBody'],
): void {
  if (response.headersSent) return void response.destroy()
  const status = toHttpStatus(thrown)
  const challenge: Record<string, string> = status === 401 ? { 'www-authenticate': 'Bearer realm="patchbay"' } : {}
  dropRest(request, response)
  sendJson(response, status, toBody(thrown, request.headers), challenge)
}

/** Only origin-form is parsed; `http://other/path` as a target must not choose the host (RFC 9112, 3.2). */
function parseTarget(target: string): { path: string; search: string } {
  const [raw = '/', search = ''] = target.includes('?') ? target.split('?', 2) : [target]
  if (!raw.includes('%')) return { path: raw, search }
  try {
    return { path: decodeURIComponent(raw), search }
  } catch {
    return { path: raw, search }
  }
}

function unauthorized(): GatewayError {
  return new GatewayError(
    'UNAUTHORIZED',
    'A valid key is needed: send it as "Authorization: Bearer <key>" or "x-api-key: <key>".',
  )
}

function notFound(method: string, path: string, routes: readonly Route[]): GatewayError {
  const others = routes.filter(route => route.path.test(path)).flatMap(route => route.method ?? [])
  const hint = others.length > 0 ? ` It answers ${others.join(', ')}.` : ' See / for what is served.'
  return new GatewayError('METHOD_NOT_FOUND', `Nothing is served at ${method} ${path.slice(0, 200)}.${hint}`)
}

function explainListen(cause: NodeJS.ErrnoException, host: string, port: number): GatewayError {
  const why =
    cause.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is in use. Stop what listens there, or choose another with --port.`
      : `Cannot listen on ${host}:${port} (${cause.code ?? cause.message}). Choose another address with --host and --port.`
  return new GatewayError('PORT_IN_USE', why, { cause })
}
