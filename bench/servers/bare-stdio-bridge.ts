import { lineReader } from '../load/message-lines.ts'
import { bridgeTo } from './bridge.ts'

// The base of the `openapi-stdio` scenario: the bare bridge with a line of stdin for a request and a line of stdout for
// its answer. Run as `node bare-stdio-bridge.ts <REST origin>`.

const answer = bridgeTo(process.argv[2] ?? '')

process.stdin.on(
  'data',
  lineReader(line => {
    answer(line.toString('utf8')).then(
      text => text !== undefined && process.stdout.write(`${text}\n`),
      (error: Error) => {
        console.error(error)
        process.exit(1)
      },
    )
  }),
)
process.stdin.once('end', () => process.exit(0))
