/**
 * Cuts a stream of bytes into lines. Small on purpose, and no line is looked at twice: one of them can hold the tools of
 * a whole API.
 *
 * @param onLine - gets each line without its newline
 */
export function lineReader(onLine: (line: Buffer) => void): (bytes: Buffer) => void {
  let waiting: Buffer[] = []
  return bytes => {
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      const last = bytes.subarray(from, end)
      const line = waiting.length === 0 ? last : Buffer.concat([...waiting, last])
      waiting = []
      from = end + 1
      onLine(line)
    }
    if (from < bytes.length) waiting.push(bytes.subarray(from))
  }
}

/** The id of the request that a line answers; undefined for a notification. Reads the ends of the line where it can. */
export function answeredId(line: Buffer): number | undefined {
  const first = /^\{"jsonrpc":"2\.0","id":(\d+),/.exec(line.toString('latin1', 0, 40))
  const last = /,"jsonrpc":"2\.0","id":(\d+)\}\s*$/.exec(line.subarray(-60).toString('latin1'))
  const found = first?.[1] ?? last?.[1]
  if (found !== undefined) return Number(found)
  const { id } = JSON.parse(line.toString('utf8'))
  return typeof id === 'number' ? id : undefined
}
