/** Why a target has no (more) visits, by its name. */
export type Failures = Map<string, string>

/**
 * Does a piece of a target's work, unless it has failed before.
 *
 * A failure is noted, and the target left out from then on; but without the base nothing can be said.
 *
 * @throws what the base or its null throws
 */
export async function orNote(
  failures: Failures,
  { name, role }: Readonly<{ name: string; role: string }>,
  work: () => Promise<void>,
): Promise<void> {
  if (failures.has(name)) return
  try {
    await work()
  } catch (error) {
    if (role === 'base' || role === 'null') throw error
    const { message } = error instanceof Error ? error : new Error(String(error))
    failures.set(name, message.trim().replaceAll(/\s+/g, ' ').slice(0, 600))
  }
}
