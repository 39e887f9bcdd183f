import { z } from 'zod'
import type { Loose } from './schema-parts.ts'
import { flag, texts } from './schema-parts.ts'

/** The keys of an entry that choose among the operations of its document, and describe them anew. */
export type FilterEntry = Loose<{
  include: FilterBlock
  exclude: FilterBlock
  readOnly: boolean
  overrides: Readonly<Record<string, OverrideBlock>>
}>

/** `include` or `exclude`, as written. */
export type FilterBlock = Loose<{
  tags: readonly string[]
  methods: readonly string[]
  paths: readonly string[]
  operations: readonly string[]
  deprecated: boolean
}>

/** One of `overrides`, as written. */
export type OverrideBlock = Loose<{
  name: string
  title: string
  description: string
  readOnly: boolean
  destructive: boolean
  idempotent: boolean
  hidden: boolean
}>

/** Those keys for the schema of an entry. */
export function filterKeys(): FilterKeys {
  return {
    include: filter('Only operations that match every list here become tools.'),
    exclude: filter('Operations that match any list here become no tools. Wins over `include`.'),
    readOnly: flag('true offers only operations that do not change anything, by their method or by `overrides`.'),
    overrides: z
      .record(z.string(), override())
      .optional()
      .describe('What tools say in place of what the document says: operationId, or method and path (`get /pets`).'),
  }
}

type FilterKeys = {
  [Key in keyof FilterEntry]-?: z.ZodOptional<z.ZodType<NonNullable<FilterEntry[Key]>>>
}

function filter(description: string): FilterKeys['include'] {
  return z
    .strictObject({
      tags: texts('Tags; `*` matches any run of characters.'),
      methods: texts('HTTP methods.'),
      paths: texts('Paths as the document has them; `*` matches inside a segment, `**` any number of segments.'),
      operations: texts('operationIds, or method and path; `*` matches any run of characters.'),
      deprecated: flag('true means deprecated operations, false the others.'),
    })
    .optional()
    .describe(description)
}

function override(): z.ZodType<OverrideBlock> {
  return z
    .strictObject({
      name: z.string().min(1).optional().describe('The name of the tool.'),
      title: z.string().min(1).optional().describe('Its title, for people.'),
      description: z.string().min(1).optional().describe('Its description, for the model.'),
      readOnly: flag('Whether it leaves everything as it is.'),
      destructive: flag('Whether it may destroy something.'),
      idempotent: flag('Whether calling it twice is the same as calling it once.'),
      hidden: flag('true makes no tool of it; false makes one although the document hides it.'),
    })
    .describe('What is said of one operation.')
}
