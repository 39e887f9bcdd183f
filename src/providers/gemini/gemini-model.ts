import { GatewayError } from '../../core/errors.ts'

/**
 * Signature that makes the API take a call it has not signed itself: from another model, or written by the caller
 * (Google's page on thought signatures; it costs quality, so real ones come first).
 */
export const skipSignature = 'skip_thought_signature_validator'

/** True from Gemini 3 on: such models refuse unsigned calls, take levels of thinking, and media inside results. */
export function isGemini3(model: string): boolean {
  const { version } = familyOf(model)
  return version === undefined ? /gemini-[a-z-]*latest/.test(model) : version >= 3
}

/**
 * False when two names are of different models, whose thought signatures the other refuses as corrupted.
 *
 * Compares version and tier (`gemini-3-pro-preview-11-2025` is `gemini-3-pro`); names that tell neither, such as those
 * of tuned models and `-latest`, are taken to be the same.
 */
export function mayShareSignatures(one: string, other: string): boolean {
  const [a, b] = [familyOf(one), familyOf(other)]
  if (a.version === undefined || b.version === undefined) return true
  return a.version === b.version && a.tier === b.tier
}

/** Version and tier of a model's name; undefined where the name does not tell. */
export function familyOf(model: string): { version: number | undefined; tier: string | undefined } {
  const found = /gemini-(\d+(?:\.\d+)?)(?:-(pro|flash-lite|flash|nano|ultra))?/.exec(model.toLowerCase())
  return { version: found?.[1] === undefined ? undefined : Number(found[1]), tier: found?.[2] }
}

/**
 * The path of a model below the base URL; one named with a slash (`tunedModels/x`) is its own.
 *
 * @throws GatewayError `REQUEST_INVALID` for what is no name
 */
export function modelPath(model: string): string {
  const segments = model.split('/').filter(segment => segment !== '')
  if (segments.length === 0 || segments.some(segment => segment === '.' || segment === '..')) {
    throw new GatewayError('REQUEST_INVALID', `"${model.slice(0, 80)}" is no name of a Gemini model.`)
  }
  return `/${(segments.length === 1 ? ['models', ...segments] : segments).map(encodeURIComponent).join('/')}`
}
