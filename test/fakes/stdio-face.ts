/** Serves {@link relayHouse} over stdio, for clients that start their servers: `node test/fakes/stdio-face.ts`. */
import { defaultLimits } from '../../src/core/limits.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { createMcpMethods } from '../../src/serve/mcp/mcp-methods.ts'
import { serveStdio } from '../../src/serve/mcp/mcp-stdio.ts'
import { relayHouse } from './relay-house.ts'

const { source, features } = relayHouse()
const gateway = features.on(createGateway(defaultLimits, () => {}))
gateway.replace([{ source }], {})
const methods = createMcpMethods(gateway, { info: { name: 'patchbay', version: '0' }, instructions: '' }, defaultLimits)
const scope = { caller: { id: 'stdio', access: {} }, endpoint: { kind: 'all' } } as const
await serveStdio({ gateway, methods, limits: defaultLimits, scope, input: process.stdin, output: process.stdout })
gateway.close()
