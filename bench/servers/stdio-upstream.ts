import { lineReader } from '../load/message-lines.ts'
import { echoServer } from './echo.ts'
import { echoOptions } from './echo-options.ts'

// The echo upstream once more, over stdio, for what wraps programs. Run as `node stdio-upstream.ts`, with the same options
// as `upstream.ts`.

const answerTo = echoServer(echoOptions())

process.stdin.on(
  'data',
  lineReader(line => {
    const { parts } = answerTo(JSON.parse(line.toString('utf8')))
    if (parts.length > 0) process.stdout.write(Buffer.concat([...parts, Buffer.from('\n')]))
  }),
)
process.stdin.once('end', () => process.exit(0))
