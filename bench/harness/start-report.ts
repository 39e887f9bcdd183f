import { table } from './report.ts'
import type { StartRow, StartSummary } from './starts.ts'

const head = ['what', 'median', 'quartiles', 'CPU', 'RSS MB', '1 s later', 'peak', 'tools', 'bytes']

/** Writes the table and remarks of a scenario of starts as Markdown. RSS is what is resident at the list's last byte. */
export function startsToMarkdown({ scenario, about, rows, failures, goals, ...rest }: StartSummary): string {
  return [
    `### ${scenario}`,
    '',
    `${about}. ${Math.max(0, ...rows.map(({ starts }) => starts))} rounds.`,
    '',
    table(head, rows.map(toCells)),
    '',
    ...(rest.void === undefined ? [] : [`**${rest.void}**`]),
    ...Object.entries(failures).map(([name, failure]) => `**${name} failed:** ${failure}`),
    ...goals.map(({ text, values, met }) => {
      const each = Object.entries(values).map(
        ([name, value]) => `${name} ${Number.isNaN(value) ? 'failed' : value.toFixed(0)}`,
      )
      return `- ${met ? 'met' : '**missed**'}: ${text} (${each.join(', ')})`
    }),
    '',
  ].join('\n')
}

function toCells(row: StartRow): string[] {
  const ms = (value: number): string => `${value.toFixed(0)} ms`
  const cells = [ms(row.wallMs), row.wallRangeMs.map(value => value.toFixed(0)).join('-')]
  if (Number.isNaN(row.rssMb)) return [row.name, ...cells, '', '', '', '', '', '']
  const sizes = [row.rssMb, row.settledMb, row.peakMb, row.tools, row.bytes].map(value => value.toFixed(0))
  return [row.name, ...cells, ms(row.cpuMs), ...sizes]
}
