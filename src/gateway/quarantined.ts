import type { QuarantinedEntry } from '../core/catalog.ts'
import { GatewayError } from '../core/errors.ts'

/** That a tool is held back: why, and what whoever runs the gateway can do about it. */
export function quarantined(name: string, { sourceId, reason }: QuarantinedEntry): GatewayError {
  const remedy = `Whoever runs this gateway can review it and accept it: patchbay lock --accept ${sourceId}`
  return new GatewayError('TOOL_NOT_FOUND', `The tool "${name}" is quarantined: ${reason}. ${remedy}`)
}
