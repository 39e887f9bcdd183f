import { CORE_SCHEMA, load, mergeTag, YAMLException } from 'js-yaml'
import { parse as parseLenientYaml } from 'yaml'
import type { DocumentCode, DocumentProblem } from './document-error.ts'
import { placeOf } from './document-error.ts'

/** The YAML of JSON's data model: `yes` and dates stay strings, `<<` merges (YAML 1.2 core, plus the merge key). */
const schema = CORE_SCHEMA.withTags(mergeTag)

/** Above this the second YAML parser, several times slower and hungrier, is not tried. */
const maxLenientLength = 5_242_880

/** What js-yaml says of abuse, not of a slip that another parser may forgive. */
const abuse: readonly Readonly<{ says: RegExp; code: DocumentCode }>[] = [
  { says: /merge|alias/i, code: 'E_YAML_ALIASES' },
  { says: /maxDepth|nesting/i, code: 'E_SPEC_DEPTH' },
  { says: /\btag\b/i, code: 'E_YAML_TAG' },
  { says: /duplicated/i, code: 'E_SPEC_PARSE' },
]

/** Why a text is no YAML. */
export class NotYaml extends Error {
  readonly problem: DocumentProblem

  constructor(problem: DocumentProblem) {
    super(problem.what)
    this.problem = problem
  }
}

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
    const reason = (known ? cause.reason : String(cause)).replace(/\s+/g, ' ').slice(0, 160)
    const abused = abuse.find(({ says }) => says.test(reason))
    const mended = abused === undefined ? parseLenient(text) : undefined
    if (mended !== undefined) return mended
    throw new NotYaml({
      code: abused?.code ?? 'E_SPEC_PARSE',
      what: `is neither JSON nor valid YAML: ${reason}`,
      ...placeOfProblem(text, known ? cause : undefined),
    })
  }
}

/** Of a second document js-yaml does not say where it begins. */
function placeOfProblem(text: string, cause: YAMLException | undefined): Pick<DocumentProblem, 'at'> {
  if (cause?.mark) return { at: { line: cause.mark.line + 1, column: cause.mark.column + 1 } }
  if (cause === undefined || !/single document/.test(cause.reason)) return {}
  // Before the first there are comments, directives and blank lines at most.
  const first = /^(?:(?:#.*|%.*|[ \t\r]*)\n)*?---(?=\s)/.exec(text)?.[0].length ?? 0
  const second = text.slice(first).search(/^---(?=\s|$)/m)
  return second < 0 ? {} : { at: placeOf(text, first + second) }
}

/**
 * `yaml` forgives what js-yaml 5 does not, such as a flow mapping closed at its parent's indentation (moby's document). It
 * has no bound on merges, which take the square of a text's length, so a text with many of them is not given to it.
 */
function parseLenient(text: string): unknown {
  if (text.length > maxLenientLength || (text.match(/<<\s*:/g)?.length ?? 0) > 100) return undefined
  try {
    return parseLenientYaml(text, { maxAliasCount: -1, logLevel: 'error', merge: true })
  } catch {
    return undefined
  }
}
