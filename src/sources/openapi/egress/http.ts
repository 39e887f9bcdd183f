/** One request, ready to be sent: data, so that making it can be tested without a socket. */
export type HttpRequest = Readonly<{
  /** Upper case. */
  method: string
  url: URL
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body?: string | Buffer
}>

/** One answer, its body decoded and bounded. */
export type HttpResponse = Readonly<{
  status: number
  /** Names in lower case; of a repeated header the values joined by a comma. */
  headers: Readonly<Record<string, string>>
  body: Buffer
  /** The body went on past `maxBytes` and the rest was thrown away. */
  cut: boolean
  /** How often it was asked for; absent where once was enough. */
  attempts?: number
}>

/** Bounds of one request. */
export type SendOptions = Readonly<{
  signal: AbortSignal
  timeoutMs: number
  maxBytes: (head: Pick<HttpResponse, 'status' | 'headers'>) => number
}>
