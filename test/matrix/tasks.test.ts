import { pairs } from './pairs.ts'
import { runMatrix } from './run-matrix.ts'
import { modernTaskObservations, taskObservations } from './task-observations.ts'

/**
 * Tasks of one era, where both ends are of it: through Patchbay tasks do not cross. The servers of the other SDK are met in the
 * modern era, and the modern clients of SDK 2.x refuse a task in place of a result.
 */
const ofTheOldEra = pairs.filter(
  ({ client, server }) => server === 'old' && (client === 'SDK 1' || client === 'SDK 2 legacy'),
)

runMatrix(ofTheOldEra, taskObservations, { surface: 'tasks' })
runMatrix([{ client: 'plain', transport: 'http', server: 'new' }], modernTaskObservations, {
  capabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  surface: 'tasks',
})
