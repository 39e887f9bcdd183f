import { localCaller } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import { startPatchbay } from '../main.ts'
import type { CommonOptions } from './options.ts'

/** `patchbay call NAME JSON`: prints the result as JSON; exit code 1 when the tool failed. */
export async function callCommand(name: string, json: string, { config, logLevel }: CommonOptions): Promise<void> {
  const args = parseArguments(json)
  const patchbay = await startPatchbay({ config, logLevel, watch: false, patient: true, readOnly: true })
  try {
    const scope = { caller: localCaller, endpoint: { kind: 'all' } } as const
    const result = await patchbay.gateway.call(scope, name, args, { signal: new AbortController().signal })
    process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
    if (result.isError === true) process.exitCode = 1
  } finally {
    await patchbay.close()
  }
}

function parseArguments(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json)
    if (isObject(value)) return value
  } catch (cause) {
    throw new GatewayError('REQUEST_INVALID', `The arguments are not valid JSON: ${(cause as Error).message}`, {
      cause,
    })
  }
  throw new GatewayError('REQUEST_INVALID', 'The arguments must be a JSON object, such as \'{"id": 1}\'.')
}
