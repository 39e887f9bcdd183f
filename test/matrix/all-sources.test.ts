import { capabilities } from './capabilities.ts'
import { openAmongOthers, pairs } from './pairs.ts'
import { runMatrix } from './run-matrix.ts'

/** One client of each era: what is renamed is the same for all. */
const some = pairs.filter(
  ({ client, transport }) => transport === 'http' && (client === 'SDK 1' || client === 'SDK 2 modern'),
)

runMatrix(some, capabilities, { through: openAmongOthers })
