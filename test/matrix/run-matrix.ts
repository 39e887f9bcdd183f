import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../fakes/full/surface.ts'
import type { Observe } from './capabilities.ts'
import { excuseOf } from './not-yet.ts'
import { withoutHop } from './observe.ts'
import type { Opened, Pair } from './pairs.ts'
import { openDirectly, openThrough } from './pairs.ts'
import type { SurfaceName } from './surfaces.ts'

/**
 * Runs every observation for every pair: directly, then through Patchbay, and expects the same but for what belongs to a hop.
 *
 * @param options - `capabilities`: what the clients say they can do; without it, everything. `through`: another way than the
 *   endpoint of the only source. `surface`: another server than the one that has everything
 */
export function runMatrix(
  pairs: readonly Pair[],
  observations: Readonly<Record<string, Observe>>,
  { capabilities, through: open = openThrough, surface }: MatrixOptions = {},
): void {
  describe.each(pairs)('$client over $transport to the $server server', pair => {
    let direct: Opened
    let through: Opened
    beforeAll(async () => {
      direct = await openDirectly(pair, capabilities, surface)
      through = await open(pair, capabilities, surface)
    })
    afterAll(async () => {
      await through?.close()
      await direct?.close()
    })

    it.each(Object.entries(observations))('%s', async (name, observe) => {
      const expected = withoutHop(await observe(direct.client))
      const excuse = excuseOf(pair, name)
      if (excuse === undefined) return expect(withoutHop(await observe(through.client))).toEqual(expected)
      const agrees = await observe(through.client).then(
        observed => isSame(withoutHop(observed), expected),
        () => false,
      )
      expect(agrees, `It agrees now; take it out of notYet ("${excuse}").`).toBe(false)
    })
  })
}

type MatrixOptions = { capabilities?: Json; through?: typeof openThrough; surface?: SurfaceName }

function isSame(observed: unknown, expected: unknown): boolean {
  try {
    expect(observed).toEqual(expected)
    return true
  } catch {
    return false
  }
}
