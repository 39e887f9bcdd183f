import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml'
import { parse as parseLenientYaml } from 'yaml'

/** The YAML of JSON's data model: `yes` and dates stay strings, `<<` merges (YAML 1.2 core, plus the merge key). */
const schema = CORE_SCHEMA.withTags(mergeTag)

/** Above this the second YAML parser, several times slower and hungrier, is not tried. */
const maxLenientLength = 5_242_880

/** What js-yaml says of abuse, not of a slip that another parser may forgive. */
const abuse = /merge|maxDepth|\btag\b|alias|duplicated/i

/** Why a text is no YAML, with the line and column where there is one. */
export class NotYaml extends Error {}

/**
 * Parses YAML 1.2, at most `maxDepth` levels deep. Aliases are shared objects, so the result may be a graph.
 *
 * @throws NotYaml, also for tags that are not of JSON's data model
 */
export function parseYaml(text: string, maxDepth: number): unknown {
  try {
    return load(text, { schema, maxDepth })
  } catch (cause) {
    const known = cause instanceof YAMLException
    const reason = (known ? cause.reason : String(cause)).replace(/\s+/g, ' ').slice(0, 200)
    const mended = abuse.test(reason) || text.length > maxLenientLength ? undefined : parseLenient(text)
    if (mended !== undefined) return mended
    const where = known && cause.mark ? ` (line ${cause.mark.line + 1}, column ${cause.mark.column + 1})` : ''
    throw new NotYaml(reason + where, { cause })
  }
}

/** `yaml` forgives what js-yaml 5 does not, such as a flow mapping closed at its parent's indentation (moby's document). */
function parseLenient(text: string): unknown {
  try {
    return parseLenientYaml(text, { maxAliasCount: -1, logLevel: 'error', merge: true })
  } catch {
    return undefined
  }
}
