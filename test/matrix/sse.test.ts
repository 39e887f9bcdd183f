import { capabilities, refusals } from './capabilities.ts'
import { ssePairs } from './pairs.ts'
import { runMatrix } from './run-matrix.ts'

runMatrix(ssePairs, capabilities)
runMatrix(ssePairs, refusals, { capabilities: {} })
