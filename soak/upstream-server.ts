import { createServer } from 'node:http'
import { serveHttp } from '../test/fakes/full/serve.ts'
import { makeSurface } from '../test/matrix/surface.ts'

// node soak/upstream-server.ts old|new|rest PORT
// An upstream that can be killed and started again where it was: the server of the matrix, as either SDK serves it, or an API.

const [kind, port] = process.argv.slice(2)
if (kind === 'old' || kind === 'new') {
  console.log((await serveHttp(makeSurface(), kind, Number(port))).url)
} else {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ path: request.url }))
  })
  server.listen(Number(port), '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object') console.log(`http://127.0.0.1:${address?.port}`)
  })
}
