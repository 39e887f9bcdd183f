import { serveStdin } from '../fakes/full/serve.ts'
import { makeSurface } from './surface.ts'

// node test/matrix/server.ts old|new
// The server of the matrix over stdin and stdout, as SDK 1.x or SDK 2.x serves it.

await serveStdin(makeSurface(), process.argv[2] === 'old' ? 'old' : 'new')
