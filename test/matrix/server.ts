import { serveStdin } from '../fakes/full/serve.ts'
import type { SurfaceName } from './surfaces.ts'
import { surfaces } from './surfaces.ts'

// node test/matrix/server.ts old|new everything|tasks
// The server of the matrix over stdin and stdout, as SDK 1.x or SDK 2.x serves it.

await serveStdin(surfaces[process.argv[3] as SurfaceName](), process.argv[2] === 'old' ? 'old' : 'new')
