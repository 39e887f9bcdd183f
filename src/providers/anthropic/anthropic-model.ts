/** What differs between the models behind the one Messages API. */
export type ModelTraits = Readonly<{
  /** `budget`: thinking is bounded by tokens. `adaptive`: the model decides, and is told an effort. */
  thinking: 'budget' | 'adaptive'
  /** Whether effort may be `xhigh`, and whether thinking stays hidden unless it is asked for. */
  isRecent: boolean
  /** Whether `temperature`, `top_p` and `top_k` are taken. */
  sampling: boolean
  /** Whether a tool may be `strict`. */
  strictTools: boolean
  /** Sent as `max_tokens`, which the API requires, where the caller gives no bound. */
  maxOutputTokens: number
}>

/** What an operator may say of a model whose name does not tell; see {@link traitsOf}. */
export type TraitOptions = Readonly<{
  thinking?: 'budget' | 'adaptive'
  sampling?: boolean
  maxOutputTokens?: number
}>

/**
 * Tells a model's traits by the version in its name, unless the operator says otherwise.
 *
 * - Adaptive thinking begins with 4.6; from 4.7 on it is the only one, and sampling parameters are answered with 400.
 * - Strict tools begin with 4.5.
 * - `max_tokens` is 4,096 up to 3.0, 8,192 for 3.5, and 32,000 since: each no more than the smallest model of its age takes.
 *
 * A Claude without a version is taken for the newest. A name that is not Claude's belongs to an endpoint that copies
 * the API as it was: budgets, sampling, 8,192 tokens.
 */
export function traitsOf(model: string, options: TraitOptions = {}): ModelTraits {
  const version = versionOf(model)
  return {
    thinking: options.thinking ?? (version >= 406 ? 'adaptive' : 'budget'),
    isRecent: version >= 407,
    sampling: options.sampling ?? version < 407,
    strictTools: version >= 405,
    maxOutputTokens: options.maxOutputTokens ?? maxOutputTokens(version),
  }
}

/** Stands for the version of a model that is no Claude. */
const foreign = 0

/** 405 for 4.5. The numbers stand before or after the family: `claude-3-7-sonnet-20250219`, `claude-opus-4-20250514`. */
function versionOf(model: string): number {
  const [, name] = /claude(.*)$/i.exec(model) ?? []
  if (name === undefined) return foreign
  const words = name.split(/[^a-z0-9]+/i)
  const at = words.findIndex(isNumber)
  if (at < 0) return Number.POSITIVE_INFINITY
  const minor = words[at + 1]
  return Number(words[at]) * 100 + (isNumber(minor) ? Number(minor) : 0)
}

/** Eight digits are a date. */
function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^\d{1,2}$/.test(word)
}

function maxOutputTokens(version: number): number {
  if (version === foreign || version === 305) return 8_192
  return version < 305 ? 4_096 : 32_000
}
