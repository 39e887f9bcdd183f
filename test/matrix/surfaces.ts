import type { Surface } from '../fakes/full/surface.ts'
import { makeSurface } from './surface.ts'
import { makeTaskSurface } from './task-surface.ts'

/** The servers of the matrix, by name. */
export type SurfaceName = 'everything' | 'tasks'

/** Makes one of them, with a state of its own. */
export const surfaces: Readonly<Record<SurfaceName, () => Surface>> = {
  everything: makeSurface,
  tasks: makeTaskSurface,
}
