import { bridgeTo } from './bridge.ts'
import { listen } from './listen.ts'

// The base of the `openapi` scenario: a bridge over `node:http` that does the work and nothing else. It gives no
// session, so its client sends none. Run as `node bare-bridge.ts <REST origin>`.

const answer = bridgeTo(process.argv[2] ?? '')

listen((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    answer(Buffer.concat(chunks).toString('utf8')).then(
      text => {
        if (text === undefined) response.writeHead(202, { 'content-length': 0 }).end()
        else {
          const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
          response.writeHead(200, headers).end(text)
        }
      },
      (error: Error) => response.writeHead(502, { 'content-type': 'text/plain' }).end(error.message),
    )
  })
})
