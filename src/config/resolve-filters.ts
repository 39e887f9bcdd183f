import type { OpenApiConfig } from '../core/source-config.ts'
import type { FilterEntry } from './filter-schema.ts'
import type { Findings } from './findings.ts'
import type { Path } from './parse-jsonc.ts'

/** The keys that {@link resolveFilters} reads. */
export const filterNames = ['include', 'exclude', 'readOnly', 'overrides'] as const

/** Reads which operations of a document an entry offers, and what it says of them. Notes what can never match. */
export function resolveFilters(
  entry: FilterEntry,
  path: Path,
  findings: Findings,
): Pick<OpenApiConfig, (typeof filterNames)[number]> {
  for (const rule of ['include', 'exclude'] as const) {
    entry[rule]?.paths?.forEach((pattern, index) => {
      if (/^[/*]/.test(pattern)) return
      findings.problem([...path, rule, 'paths', index], 'must begin with "/" or "*", as the paths of a document do.')
    })
  }
  const { include, exclude, readOnly, overrides } = entry
  return {
    ...(include !== undefined && { include: present(include) }),
    ...(exclude !== undefined && { exclude: present(exclude) }),
    ...(readOnly !== undefined && { readOnly }),
    ...(overrides !== undefined && {
      overrides: Object.fromEntries(Object.entries(overrides).map(([name, override]) => [name, present(override)])),
    }),
  }
}

type Present<Shape> = { readonly [Key in keyof Shape]?: Exclude<Shape[Key], undefined> }

/** Leaves out keys that are there but undefined. */
function present<Shape extends object>(block: Shape): Present<Shape> {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined)) as Present<Shape>
}
