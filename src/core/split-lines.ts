/** What {@link splitLines} tells. `onTooLong` carries the JSON-RPC id where it could be read. */
export type LineHandlers = Readonly<{ onLine: (line: string) => void; onTooLong: (id?: string | number) => void }>

/**
 * Cuts a stream of bytes into lines, without their ends, each byte copied once however large a line is.
 *
 * A line of more than `maxBytes` is skipped to its end; the next one is read as usual. Of it only the first and last
 * kilobyte are kept, in which most servers have the id.
 *
 * @returns the consumer of the stream's chunks
 */
export function splitLines(maxBytes: number, { onLine, onTooLong }: LineHandlers): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  let size = 0
  let edges: string | undefined

  const take = (part: Buffer): void => {
    size += part.length
    if (edges !== undefined) edges = edges.slice(0, 1024) + (edges.slice(1024) + part.toString('latin1')).slice(-1024)
    else parts.push(part)
    if (edges === undefined && size > maxBytes) {
      const text = Buffer.concat(parts).toString('latin1')
      edges = text.slice(0, 1024) + text.slice(1024).slice(-1024)
      parts = []
    }
  }
  const finish = (): void => {
    if (edges === undefined) onLine(readLine(parts))
    else onTooLong(findId(edges))
    parts = []
    size = 0
    edges = undefined
  }

  return chunk => {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      if (parts.length === 0 && edges === undefined && end - from <= maxBytes) onLine(chunk.toString('utf8', from, end))
      else {
        take(chunk.subarray(from, end))
        finish()
      }
      from = end + 1
    }
    if (from < chunk.length) take(chunk.subarray(from))
  }
}

function readLine(parts: readonly Buffer[]): string {
  return parts.length === 1 ? (parts[0]?.toString('utf8') ?? '') : Buffer.concat(parts).toString('utf8')
}

/** Near the start or the end of the message; a number or a string without escapes. */
function findId(edges: string): string | number | undefined {
  const found =
    /^\{[^{[]*"id"\s*:\s*(\d+|"[^"\\]*")/.exec(edges) ??
    /"id"\s*:\s*(\d+|"[^"\\]*")\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/.exec(edges)
  return found?.[1] === undefined ? undefined : (JSON.parse(found[1]) as string | number)
}
