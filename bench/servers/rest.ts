import { listen } from './listen.ts'

// The echo REST API behind the `openapi` scenario: POST /things/{id}/echo?lang= with a JSON body, answered with both.

listen((request, response) => {
  const url = request.url ?? ''
  const [, id, , lang] = /^\/things\/([^/]+)\/echo(\?lang=(\w+))?$/.exec(url) ?? []
  if (request.method !== 'POST' || id === undefined) {
    response.writeHead(404, { 'content-length': 0 }).end()
    return
  }
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const answer = Buffer.from(JSON.stringify({ id, lang, ...JSON.parse(Buffer.concat(chunks).toString('utf8')) }))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer)
  })
})
