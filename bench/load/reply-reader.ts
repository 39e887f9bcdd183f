/** One whole HTTP/1.1 answer. `head` is the status line and headers as they came, without the empty line. */
export type Reply = Readonly<{ status: number; head: string; body: Buffer }>

/** Takes bytes as they come; gives the reply with its last byte. */
export type ReplyReader = (bytes: Buffer) => Reply | undefined

/**
 * Reads one HTTP/1.1 answer at a time from a connection without pipelining.
 *
 * Small on purpose: the load generator shares the machine with what it measures. Understands `content-length` and
 * `chunked`; an answer with neither, or with bytes behind its end, throws.
 */
export function replyReader(): ReplyReader {
  let head: string | undefined
  let waiting: Buffer = Buffer.alloc(0)
  let body: BodyReader | undefined

  return bytes => {
    let rest = bytes
    if (head === undefined || body === undefined) {
      waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
      const end = waiting.indexOf('\r\n\r\n')
      if (end < 0) return undefined
      head = waiting.toString('latin1', 0, end)
      rest = waiting.subarray(end + 4)
      waiting = Buffer.alloc(0)
      body = bodyReader(head)
    }
    const whole = body(rest)
    if (whole === undefined) return undefined
    const reply = { status: Number(head.slice(9, 12)), head, body: whole }
    head = undefined
    body = undefined
    return reply
  }
}

/**
 * Finds a header's value in a reply's head.
 *
 * @param name - in lower case
 */
export function headerOf(head: string, name: string): string | undefined {
  const start = head.toLowerCase().indexOf(`\r\n${name}:`)
  if (start < 0) return undefined
  const from = start + name.length + 3
  const end = head.indexOf('\r\n', from)
  return head.slice(from, end < 0 ? head.length : end).trim()
}

type BodyReader = (bytes: Buffer) => Buffer | undefined

function bodyReader(head: string): BodyReader {
  if (headerOf(head, 'transfer-encoding')?.toLowerCase() === 'chunked') return chunkedReader()
  const length = headerOf(head, 'content-length')
  if (length !== undefined) return lengthReader(Number(length))
  if (head.startsWith('HTTP/1.1 204') || head.startsWith('HTTP/1.1 304')) return lengthReader(0)
  throw new Error(`An answer has neither content-length nor chunks: ${head.slice(0, 200)}`)
}

function lengthReader(length: number): BodyReader {
  const parts: Buffer[] = []
  let size = 0
  return bytes => {
    parts.push(bytes)
    size += bytes.length
    if (size > length) throw new Error(`${size - length} bytes came behind the end of an answer.`)
    return size === length ? join(parts) : undefined
  }
}

/** RFC 9112, 7.1; chunk extensions are skipped, trailers are not expected. */
function chunkedReader(): BodyReader {
  const parts: Buffer[] = []
  let sizeLine = ''
  /** Bytes of the open chunk still to come, its CRLF included; 0 while a size line is read. */
  let open = 0
  let last = false

  return bytes => {
    let at = 0
    while (at < bytes.length) {
      if (open === 0) {
        const end = bytes.indexOf(10, at)
        sizeLine += bytes.toString('latin1', at, end < 0 ? bytes.length : end)
        if (end < 0) return undefined
        at = end + 1
        const size = Number.parseInt(sizeLine, 16)
        if (Number.isNaN(size)) throw new Error(`"${sizeLine.slice(0, 40)}" is no chunk size.`)
        sizeLine = ''
        last = size === 0
        open = size + 2
        continue
      }
      const taken = Math.min(open, bytes.length - at)
      const data = Math.min(taken, Math.max(0, open - 2))
      if (data > 0) parts.push(bytes.subarray(at, at + data))
      at += taken
      open -= taken
      if (open === 0 && last) return join(parts)
    }
    return undefined
  }
}

function join(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}
