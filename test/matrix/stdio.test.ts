import { capabilities } from './capabilities.ts'
import { pairs } from './pairs.ts'
import { runMatrix } from './run-matrix.ts'

runMatrix(
  pairs.filter(({ transport }) => transport === 'stdio'),
  capabilities,
)
