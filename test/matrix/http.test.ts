import { capabilities, refusals } from './capabilities.ts'
import { pairs } from './pairs.ts'
import { runMatrix } from './run-matrix.ts'

const overHttp = pairs.filter(({ transport }) => transport === 'http')

runMatrix(overHttp, capabilities)
runMatrix(overHttp, refusals, { capabilities: {} })
