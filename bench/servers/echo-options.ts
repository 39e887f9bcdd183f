import { parseArgs } from 'node:util'
import type { EchoOptions } from './echo.ts'

/** Reads an upstream's command line: `--tools 1000 --page 2000 [--modern]`. */
export function echoOptions(): EchoOptions {
  const { values } = parseArgs({
    options: {
      tools: { type: 'string', default: '100' },
      page: { type: 'string', default: '2000' },
      modern: { type: 'boolean', default: false },
    },
  })
  return { tools: Number(values.tools), page: Number(values.page), modern: values.modern }
}
