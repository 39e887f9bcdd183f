import type { Row, Summary } from './summary.ts'

/** Writes one scenario's table and remarks as Markdown. */
export function toMarkdown(summary: Summary): string {
  const { median, worst } = summary.foreignShare
  return [
    `### ${summary.scenario}`,
    '',
    `${summary.about}. ${summary.rows[0]?.visits ?? 0} rounds; other processes took ${percent(median)} of the machine (at worst ${percent(worst)}).`,
    '',
    table(
      [
        'target',
        'CPU / base',
        'quartiles',
        'req/s / base',
        'CPU',
        'req/s',
        'p50',
        'p99',
        'p99 - base',
        'RSS MB',
        'bytes',
      ],
      summary.rows.map(toCells),
    ),
    '',
    ...(summary.void === undefined ? [] : [`**${summary.void}**`]),
    ...Object.entries(summary.failures).map(([target, failure]) => `**${target} failed:** ${failure}`),
    ...summary.goals.map(({ text, value, met }) => `- ${met ? 'met' : '**missed**'}: ${text} (${round(value)})`),
    '',
  ].join('\n')
}

/** Lays cells out as a Markdown table: the first column to the left, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** Microseconds for people: `87 us`, `1.52 ms`. */
function duration(us: number): string {
  return Math.abs(us) < 1000 ? `${us.toFixed(0)} us` : `${(us / 1000).toFixed(2)} ms`
}

function toCells(row: Row): string[] {
  return [
    row.target,
    row.cpuRatio.toFixed(2),
    row.cpuRatioRange.map(ratio => ratio.toFixed(2)).join('-'),
    row.rpsRatio.toFixed(2),
    duration(row.cpuUs),
    row.rps.toFixed(row.rps < 100 ? 1 : 0),
    duration(row.p50Us),
    duration(row.p99Us),
    duration(row.p99AddedUs),
    row.rssMb.toFixed(0),
    String(row.bytes),
  ]
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
}
